"""References: `[^key]` marks in the text, numbered sources at its end, links both ways."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.validators import RegexValidator
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.rich_text import RichText

KEY = r"[A-Za-z0-9_-]+"
MARK = re.compile(rf"\[\^({KEY})\]")
PARAGRAPH = re.compile(r"</?p\b[^>]*>")
TAG = re.compile(r"(<[^>]*>)")
DOI_PATTERN = r"10\.\d{4,9}/\S+"


class ReferenceBlock(blocks.StructBlock):
    """One source, cited in the text by `[^key]`."""

    key = blocks.CharBlock(
        max_length=60,
        label=_("Key"),
        validators=[
            RegexValidator(
                rf"^{KEY}\Z", _("Use letters, digits, hyphens and underscores only.")
            )
        ],
        help_text=_(
            "A short name that you type in the text as [^key]. For example: "
            "fernandes2005 is cited by typing [^fernandes2005]."
        ),
    )
    text = blocks.RichTextBlock(
        features=["bold", "italic", "superscript", "subscript"],
        label=_("Citation"),
        help_text=_(
            "Authors, title, journal, year, volume and pages. For example: Alster TS, "
            "Graham PM. Microneedling: a review and practical guide. Dermatol Surg. "
            "2018;44(3):397–404."
        ),
    )
    year = blocks.IntegerBlock(
        required=False,
        min_value=1600,
        max_value=2100,
        label=_("Year"),
        help_text=_("The year of publication. For example: 2018."),
    )
    doi = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("DOI"),
        validators=[
            RegexValidator(
                rf"^{DOI_PATTERN}\Z",
                _("A DOI begins with 10. and a slash follows, as in 10.1097/example."),
            )
        ],
        help_text=_("Without “https://”. For example: 10.1097/DSS.0000000000001248."),
    )
    pmid = blocks.CharBlock(
        required=False,
        max_length=12,
        label=_("PMID"),
        validators=[RegexValidator(r"^\d+\Z", _("A PMID is a number."))],
        help_text=_("The number in PubMed. For example: 18317129."),
    )
    url = blocks.URLBlock(
        required=False,
        label=_("Link"),
        help_text=_("Only if there is no DOI. For example: https://www.nice.org.uk/."),
    )

    class Meta:
        icon = "openquote"
        label = _("Reference")
        label_format = "{key}"
        template = "articles/blocks/reference.html"
        preview_value = {
            "key": "alster2018",
            "text": (
                "<p>Alster TS, Graham PM. Microneedling: a review and practical guide. "
                "<i>Dermatol Surg.</i> 2018;44(3):397–404.</p>"
            ),
            "year": 2018,
            "doi": "10.1097/DSS.0000000000001248",
        }
        description = _("A source that the text cites by typing its key.")


@dataclass(frozen=True)
class NumberedReference:
    """A source as the page lists it: its number, and the ids of the marks citing it."""

    number: int
    key: str
    value: Mapping[str, Any]
    mark_ids: tuple[str, ...]

    @property
    def id(self) -> str:
        # No section's anchor can have a colon, so these never meet.
        return f"ref:{self.key}"


class Bibliography:
    """The references of a page, numbered in the order in which its texts cite them.

    Sources that nothing cites follow in their own order. Marks with an unknown key
    have no number.
    """

    def __init__(
        self, references: Iterable[Mapping[str, Any]], texts: Iterable[str]
    ) -> None:
        values = {value["key"]: value for value in references}
        mentions: dict[str, int] = {}
        for text in texts:
            for key in keys_in(text):
                mentions[key] = mentions.get(key, 0) + 1
        self.unknown_keys = [key for key in mentions if key not in values]
        order = [key for key in mentions if key in values]
        order += [key for key in values if key not in mentions]
        self.entries = [
            NumberedReference(
                number=number,
                key=key,
                value=values[key],
                mark_ids=tuple(
                    _mark_id(key, mention)
                    for mention in range(1, mentions.get(key, 0) + 1)
                ),
            )
            for number, key in enumerate(order, start=1)
        ]
        self._by_key = {entry.key: entry for entry in self.entries}

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def latest_year(self) -> int | None:
        return max(
            (entry.value["year"] for entry in self.entries if entry.value.get("year")),
            default=None,
        )

    def entry(self, key: str) -> NumberedReference | None:
        """Return a source, or None when there is no such source."""
        return self._by_key.get(key)

    def number(self, key: str) -> int | None:
        """Return the number of a source, or None when there is no such source."""
        entry = self.entry(key)
        return entry.number if entry else None


class Marks:
    """Turns marks into links while one page is rendered, counting mentions as it goes."""

    def __init__(self, bibliography: Bibliography) -> None:
        self.bibliography = bibliography
        self._seen: dict[str, int] = {}
        self._noted: set[str] = set()

    def link(self, html: Any, *, notes: bool = False) -> SafeString:
        """Return HTML, or plain text escaped, with its marks as links to the sources.

        With `notes`, the first mention of each source is followed by a note for the
        margin of wide screens. It is hidden from screen readers: the mark already leads
        to the source.
        """

        def replacement(match: re.Match[str]) -> str:
            return self._mark(match[1]) + (self._note(match[1]) if notes else "")

        parts = TAG.split(conditional_escape(html))
        # Odd parts are tags: what looks like a mark in an attribute is none.
        parts[::2] = [MARK.sub(replacement, text) for text in parts[::2]]
        return mark_safe("".join(parts))  # noqa: S308 (every part was safe or escaped)

    def _note(self, key: str) -> str:
        entry = self.bibliography.entry(key)
        if entry is None or key in self._noted:
            return ""
        self._noted.add(key)
        return format_html(
            '<span class="margin-note" hidden aria-hidden="true" data-nosnippet>'
            '<span class="margin-note__number">{number}</span> {text}</span>',
            number=entry.number,
            text=_inline(entry.value["text"]),
        )

    def _mark(self, key: str) -> str:
        number = self.bibliography.number(key)
        if number is None:
            return ""
        self._seen[key] = mention = self._seen.get(key, 0) + 1
        return format_html(
            '<sup class="citation"><a href="#ref:{key}" id="{id}" role="doc-noteref">'
            '<span class="visually-hidden">{label} </span>{number}</a></sup>',
            key=key,
            id=_mark_id(key, mention),
            label=_("reference"),
            number=number,
        )


def keys_in(html: str) -> list[str]:
    """Return the keys that a text cites, in order, a key as often as it is cited."""
    return [key for text in TAG.split(html)[::2] for key in MARK.findall(text)]


def unmarked(text: str) -> str:
    """Return a text without its marks, for places that have no list of sources."""
    return MARK.sub("", text)


def duplicate_keys(references: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the positions of references whose key an earlier one has."""
    seen: set[str] = set()
    duplicates = []
    for position, value in enumerate(references):
        if value["key"] in seen:
            duplicates.append(position)
        seen.add(value["key"])
    return duplicates


def _inline(text: RichText | str) -> SafeString:
    """Return a citation, cleaned when it was stored, without its paragraph."""
    source = text.source if isinstance(text, RichText) else text
    return mark_safe(PARAGRAPH.sub(" ", source).strip())  # noqa: S308


def _mark_id(key: str, mention: int) -> str:
    return f"cite:{key}:{mention}"
