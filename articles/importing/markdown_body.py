"""Turn the blocks of a Markdown text into the sections of an article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from markdown_it.token import Token

from articles.importing import citations, picture_files, rich_text
from articles.importing.draft import (
    Callout,
    CalloutUrgency,
    DraftBlock,
    KeyPoints,
    Picture,
    Problem,
    Question,
    Quote,
    Reference,
    RichText,
    Section,
    Steps,
    Table,
)
from articles.importing.markdown_syntax import Document, Node

_URGENCIES: dict[str, CalloutUrgency] = {
    "NOTE": "good_to_know",
    "INFO": "good_to_know",
    "TIP": "good_to_know",
    "WARNING": "see_a_clinician",
    "IMPORTANT": "see_a_clinician",
    "ATTENTION": "see_a_clinician",
    "CAUTION": "emergency",
    "DANGER": "emergency",
    "ERROR": "emergency",
    "EMERGENCY": "emergency",
}
_SUMMARIES = frozenset({"SUMMARY", "ABSTRACT", "TLDR"})
_QUESTIONS = frozenset({"QUESTION", "HELP", "FAQ"})
_LISTS = frozenset({"bullet_list", "ordered_list"})
_BREAKS = frozenset({"softbreak", "hardbreak"})
_TEXTS = frozenset({"text", "text_special", "code_inline"})
_DASHES = ("—", "–", "―", "--")
_PICTURE_ADDRESS = re.compile(r"[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg)", re.IGNORECASE)
_MISREAD_FOOTNOTE = re.compile(r"^[ \t]*\[\^[^\]\n]*\]:", re.MULTILINE)
_BAD_KEY = "The key of a footnote may hold only letters, digits, - and _"

LineOf = Callable[[Token], int]


class BodyReader:
    """Reads one body; `problems`, `marks` and `pictures` fill up on the way."""

    def __init__(
        self, document: Document, *, folder: Path, references: Sequence[Reference] = ()
    ) -> None:
        self.problems: list[Problem] = []
        self.marks: list[tuple[str, int]] = []
        self.pictures: list[Picture] = []
        self._blocks = document.blocks
        self._footnotes = document.footnotes
        self._folder = folder
        self._references = list(references)
        self._keys = {reference.key for reference in references}
        self._keys |= {node.token.meta["label"] for node in document.footnotes}
        self._check(document)

    def object(self, message: str, line: int | None) -> None:
        self.problems.append(Problem(message, line))
