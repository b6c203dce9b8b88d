"""What staff are told beside every input: help texts, descriptions, previews."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from wagtail import blocks
from wagtail.contrib.settings.registry import registry
from wagtail.contrib.typed_table_block.blocks import BaseTypedTableBlock
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import get_page_models
from wagtail.snippets.models import get_snippet_models

APPS = ("articles", "clinic_info", "clinic_site")
# Their labels say it all.
FIELDS_WITHOUT_HELP_TEXT = {"ArticlePage.body", "ContactPage.body", "StandardPage.body"}
WITHOUT_HELP_TEXT = {
    "section.content.key_points.title",
    "section.content.callout.text",
    "section.content.question.answer",
    "section.content.steps.steps",
}
# Wagtail shows descriptions and previews where staff pick one of several kinds of block.
# In these streams there is one kind, which a click on "+" inserts at once.
WITHOUT_DESCRIPTION = {"author", "article", "link"}

Found = tuple[str, blocks.Block, blocks.Block | None]


def models_for_staff() -> list[type[Model]]:
    """Return the models that have a form in the admin."""
    found = [*get_page_models(), *get_snippet_models(), *registry, get_image_model()]
    return [model for model in found if model._meta.app_label in APPS]


def own_fields(model: type[Model]) -> list[Field]:
    """Return the fields that staff fill in and that are ours, not Wagtail's."""
    theirs = {
        field.name
        for base in model.__mro__
        if base.__module__.startswith("wagtail.") and hasattr(base, "_meta")
        for field in base._meta.get_fields()
    }
    return [
        field
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field.editable and not field.auto_created and field.name not in theirs
    ]


def walk(
    block: blocks.Block, path: str, parent: blocks.Block | None
) -> Iterator[Found]:
    """Return a block and every block in it, each with its path and what holds it."""
    if path:
        yield path, block, parent
    children: dict[str, Any] = getattr(block, "child_blocks", {})
    if isinstance(block, blocks.ListBlock):
        children = {"item": block.child_block}
    for name, child in children.items():
        yield from walk(child, f"{path}.{name}".lstrip("."), block)


FIELDS = [(model, field) for model in models_for_staff() for field in own_fields(model)]
BLOCKS = {
    path: (block, parent)
    for app in APPS
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.get_fields()
    if isinstance(field, StreamField)
    for path, block, parent in walk(field.stream_block, "", None)
}


def in_streams() -> dict[str, blocks.Block]:
    return {
        path: block
        for path, (block, parent) in BLOCKS.items()
        if isinstance(parent, blocks.BaseStreamBlock)
    }


def with_inputs() -> dict[str, str]:
    """Return the help text of everything in a block that staff fill in.

    The items of a list and the cells of a table are explained by the list and the
    table; a block that stands in a stream, by its description.
    """
    found = {}
    for path, (block, parent) in BLOCKS.items():
        if not isinstance(parent, blocks.BaseStructBlock):
            continue
        if isinstance(block, blocks.FieldBlock):
            found[path] = str(block.field.help_text)
        elif isinstance(block, (blocks.ListBlock, BaseTypedTableBlock)):
            found[path] = str(getattr(block.meta, "help_text", None) or "")
    return found


def test_the_rules_see_fields_and_blocks() -> None:
    fields = {f"{model.__name__}.{field.name}" for model, field in FIELDS}

    assert fields >= {
        "ArticlePage.body",
        "ArticlePage.further_topics",
        "HomePage.welcome",
        "StandardPage.show_in_footer",
        "Topic.slug",
        "Author.photo",
        "ClinicDetails.phone",
        "CustomImage.credit",
    }
    assert "ArticlePage.title" not in fields
    assert "section.content.picture_pair.consent" in BLOCKS
    assert "link.url" in with_inputs()


def is_sentence(text: object) -> bool:
    # The last sentence may be an example, and the example a question.
    return str(text).endswith((".", "?")) and str(text)[0] == str(text)[0].upper()


def test_a_field_has_a_help_text_in_whole_sentences() -> None:
    without = {
        f"{model.__name__}.{field.name}"
        for model, field in FIELDS
        if not is_sentence(field.help_text)
    }

    assert without == FIELDS_WITHOUT_HELP_TEXT


def test_a_field_of_a_block_has_a_help_text_in_whole_sentences() -> None:
    without = {path for path, text in with_inputs().items() if not is_sentence(text)}

    assert without == WITHOUT_HELP_TEXT


def test_a_block_that_staff_choose_says_what_it_is_for() -> None:
    without = {
        path
        for path, block in in_streams().items()
        if not str(block.get_description()).endswith(".")
    }

    assert without == WITHOUT_DESCRIPTION


def test_a_block_that_staff_choose_shows_what_it_looks_like() -> None:
    without = {path for path, block in in_streams().items() if not block.is_previewable}

    assert without == WITHOUT_DESCRIPTION


def test_only_streams_of_one_kind_may_do_without_descriptions() -> None:
    for path in WITHOUT_DESCRIPTION:
        _block, stream = BLOCKS[path]

        assert len(stream.child_blocks) == 1
