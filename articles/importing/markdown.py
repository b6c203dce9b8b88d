"""Read an article from a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from django.utils.text import slugify
from wagtail.coreutils import string_to_ascii

from articles.importing import front_matter, markdown_syntax, rich_text
from articles.importing.draft import (
    ArticleDraft,
    Picture,
    Problem,
    Reference,
    UnreadableError,
)
from articles.importing.front_matter import FrontMatter, ReferenceEntry
from articles.importing.markdown_body import BAD_FOOTNOTE_KEY, BodyReader
from articles.importing.markdown_flow import Findings, Flow
from articles.importing.markdown_syntax import Document

_MAX_LINE = 100_000
_MAX_TITLE = 255
_MAX_SLUG = 255
_NEWLINE = re.compile(r"\r\n?|\n")
_RESERVED = re.compile("[\ufdd0-\ufdef]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FENCE = re.compile(r"---[ \t]*\n")
_CLOSING_FENCE = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)


def read(
    path: Path, *, time_zone: ZoneInfo, max_bytes: int = 2_000_000
) -> ArticleDraft:
    """Read a Markdown file; UnreadableError lists all that is wrong with it."""
    return parse(_text_of(path, max_bytes), source=path, time_zone=time_zone)


def parse(text: str, *, source: Path, time_zone: ZoneInfo) -> ArticleDraft:
    """Read Markdown text; its pictures lie beside `source`."""
    text = _RESERVED.sub("\ufffd", _NEWLINE.sub("\n", text.removeprefix("\ufeff")))
    _refuse_unless_text(text)
    front, body, first_line = _split(text, time_zone)
    return _Article(front, body, first_line, source.parent).read()


def _text_of(path: Path, max_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        _refuse(f"The file cannot be opened: {error.strerror}")
    if len(data) > max_bytes:
        _refuse(f"The file is larger than {max_bytes:,} bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line = len(_NEWLINE.findall(before)) + 1
        _refuse("This is not text in UTF-8. Save the file with that encoding.", line)


def _refuse(message: str, line: int | None = None) -> NoReturn:
    raise UnreadableError([Problem(message, line)])


def _refuse_unless_text(text: str) -> None:
    if not text.strip():
        _refuse("The file is empty.")
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        if "\0" in line or _SURROGATE.search(line):
            problems.append(Problem("A character here is not text.", number))
        if len(line) > _MAX_LINE:
            message = f"This line is longer than {_MAX_LINE:,} characters."
            problems.append(Problem(message, number))
    if problems:
        raise UnreadableError(problems)


def _split(text: str, time_zone: ZoneInfo) -> tuple[FrontMatter, str, int]:
    """Part front matter and body; the number is the line on which the body starts."""
    opening = _FENCE.match(text)
    if opening is None:
        return FrontMatter(), text, 1
    closing = _CLOSING_FENCE.search(text, opening.end())
    if closing is None:
        _refuse("The front matter has no closing --- line.", 1)
    yaml_text = text[opening.end() : closing.start()]
    front = front_matter.read(yaml_text, first_line=2, time_zone=time_zone)
    return front, text[closing.end() :], yaml_text.count("\n") + 3


class _Article:
    def __init__(
        self, front: FrontMatter, body: str, first_line: int, folder: Path
    ) -> None:
        self._front = front
        self._findings = Findings(folder, list(front.problems))
        document = markdown_syntax.parse(body, first_line=first_line)
        self._claim_keys(document)
        self._body = BodyReader(document, self._findings)

    def read(self) -> ArticleDraft:
        front = self._front
        title = self._title()
        slug = self._slug(title)
        sections = self._body.sections()
        for entry in front.references:
            self._read_reference(entry)
        self._body.read_footnotes()
        hero = self._hero()
        self._check_marks()
        if self._findings.problems:
            raise UnreadableError(_in_order(self._findings.problems))
        return ArticleDraft(
            title=title,
            slug=slug,
            sections=sections,
            standfirst=front.standfirst,
            topic=front.topic,
            topics=front.topics,
            authors=front.authors,
            published=front.published,
            updated=front.updated,
            views=front.views,
            comments=front.comments,
            discussion=front.discussion,
            hero=hero,
            references=tuple(sorted(self._findings.references, key=_line)),
        )

    def _claim_keys(self, document: Document) -> None:
        """Find keys used twice, and keep notes without keys from taking them."""
        claims = [(entry.key, entry.line) for entry in self._front.references]
        claims += [(note.token.meta["label"], note.line) for note in document.footnotes]
        lines: dict[str, int] = {}
        for key, line in claims:
            if not rich_text.MARK_KEY.fullmatch(key):
                self._findings.object(BAD_FOOTNOTE_KEY, line)
            if key in lines:
                message = f"[^{key}] is defined already in line {lines[key]}."
                self._findings.object(message, line)
            lines.setdefault(key, line)
        self._findings.keys |= lines.keys()

    def _title(self) -> str:
        title, line = self._body.take_title(self._front.title)
        late = self._body.first_heading_line()
        if len(title) > _MAX_TITLE:
            message = f"The title is longer than {_MAX_TITLE} characters."
            self._findings.object(message, line)
        if not title and self._front.is_readable and late is None:
            self._findings.object("The article has no title.", 1)
        elif not title and self._front.is_readable:
            self._findings.object("The title must stand above all other text.", late)
        return title

    def _slug(self, title: str) -> str:
        slug = self._front.slug or _slugified(title)
        if title and not slug:
            self._findings.object("Give a slug: none can be made of the title.", 1)
        return slug

    def _read_reference(self, entry: ReferenceEntry) -> None:
        flow = Flow(self._findings, lambda _: [])
        flow.write(markdown_syntax.parse_inline(entry.text, line=entry.line))
        self._findings.reference(
            entry.key,
            flow,
            line=entry.line,
            doi=entry.doi,
            pmid=entry.pmid,
            url=entry.url,
            year=entry.year,
        )

    def _hero(self) -> Picture | None:
        entry = self._front.image
        if entry is None:
            return None
        picture = Picture(
            file=Path(),
            description=entry.description,
            caption=self._findings.caption(entry.caption, entry.line),
            credit=entry.credit,
            licence=entry.licence,
            line=entry.line,
        )
        hero = self._findings.find_picture(picture, entry.file)
        if hero is None or entry.is_mapping:
            return hero
        shown = (p for p in self._findings.pictures if p.file == hero.file)
        descriptions = (picture.description for picture in shown)
        return replace(hero, description=next(filter(None, descriptions), ""))

    def _check_marks(self) -> None:
        for key, line in self._findings.marks:
            if not rich_text.MARK_KEY.fullmatch(key):
                message = f"{BAD_FOOTNOTE_KEY} As plain text, write \\[^{key}]."
                self._findings.object(message, line)
            # Unreadable front matter may hold the reference.
            elif key not in self._findings.keys and self._front.is_readable:
                self._findings.object(f"There is no footnote [^{key}].", line)


def _slugified(title: str) -> str:
    slug: str = slugify(string_to_ascii(title))
    return slug[:_MAX_SLUG].strip("-_")


def _line(reference: Reference) -> int:
    return reference.line or 0


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
