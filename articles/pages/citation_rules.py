"""Every mark must have its source, and every key its own, before readers see an article."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from articles.blocks.sections import texts_in
from articles.references import duplicate_keys, keys_in


def citation_errors(
    body: blocks.StreamValue, references: blocks.StreamValue, hero_caption: str
) -> dict[str, ValidationError]:
    """Return what is wrong with marks and keys, by the name of the field it stands in."""
    errors: dict[str, ValidationError] = {}
    values = [block.value for block in references]
    duplicates = duplicate_keys(values)
    if duplicates:
        taken = ValidationError(_("Another reference has this key already."))
        errors["references"] = blocks.StreamBlockValidationError(
            block_errors={
                position: blocks.StructBlockValidationError({"key": taken})
                for position in duplicates
            }
        )
    known = {value["key"] for value in values}
    missing = [key for key in keys_in(escape(hero_caption)) if key not in known]
    if missing:
        errors["hero_caption"] = _unknown_keys_message(missing)
    unknown = _unknown_keys_by_section(body, known)
    if unknown:
        errors["body"] = blocks.StreamBlockValidationError(
            block_errors={
                position: blocks.StructBlockValidationError(
                    non_block_errors=[_unknown_keys_message(keys)]
                )
                for position, keys in unknown.items()
            }
        )
    return errors


def _unknown_keys_by_section(
    body: blocks.StreamValue, keys: Iterable[str]
) -> dict[int, list[str]]:
    known = set(keys)
    unknown = {}
    for position, section in enumerate(body):
        texts = texts_in(section.block, section.value)
        cited = dict.fromkeys(key for text in texts for key in keys_in(text))
        missing = [key for key in cited if key not in known]
        if missing:
            unknown[position] = missing
    return unknown


def _unknown_keys_message(keys: list[str]) -> ValidationError:
    return ValidationError(
        _(
            "The text cites %(marks)s, but no reference has this key. Add it below, "
            "or correct the mark."
        ),
        code="unknown_reference",
        params={"marks": ", ".join(f"[^{key}]" for key in keys)},
    )
