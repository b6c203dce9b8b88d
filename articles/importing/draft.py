"""What every reader produces and the page builder takes: an article, free of its file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

CalloutUrgency = Literal["good_to_know", "see_a_clinician", "emergency"]


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a file from being imported; `line` counts from 1."""

    message: str
    line: int | None = None


class UnreadableError(Exception):
    """A file cannot become an article; `problems` says why, each with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


@dataclass(frozen=True)
class RichText:
    """Running text: paragraphs, lists, inner headings (h3). `html` is cleaned."""

    html: str


@dataclass(frozen=True)
class Picture:
    """A picture file beside the article. Without a description it is decorative."""

    file: Path
    description: str = ""
    long_description: str = ""
    caption: str = ""
    credit: str = ""
    licence: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Quote:
    """Words of someone else. `text` is plain."""

    text: str
    attribution: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells as cleaned inline HTML; every row is as long as `headings` (plain)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Callout:
    """A box apart from the text, in one of three urgencies."""

    urgency: CalloutUrgency
    html: str
    title: str = ""


@dataclass(frozen=True)
class KeyPoints:
    """The article in a few sentences, each as cleaned inline HTML."""

    points: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Question:
    """A question (plain) and its answer (cleaned HTML)."""

    question: str
    html: str


@dataclass(frozen=True)
class Steps:
    """Things to do in order; each step is cleaned HTML."""

    steps: tuple[str, ...]
    title: str = ""


DraftBlock = RichText | Picture | Quote | Table | Callout | KeyPoints | Question | Steps


@dataclass(frozen=True)
class Section:
    """A part of the article. Only the opening section may lack a heading."""

    heading: str
    blocks: tuple[DraftBlock, ...]
    line: int | None = None


@dataclass(frozen=True)
class Reference:
    """A source. `text` is the citation as cleaned inline HTML; the other fields make links."""

    key: str
    text: str
    year: int | None = None
    doi: str = ""
    pmid: str = ""
    url: str = ""
    line: int | None = None


@dataclass(frozen=True)
class DraftComment:
    """What somebody wrote below the article. `parent` is the place of what it answers.

    Places count from 0; an answer comes after what it answers, which is none itself.
    """

    author: str
    written: datetime
    text: str
    status: str = "approved"
    parent: int | None = None
    from_clinic: bool = False


@dataclass(frozen=True)
class ArticleDraft:
    """An article as read. None means "not said": the page builder then chooses a default.

    `published` is an aware datetime; `updated` a date of the clinic's calendar.
    """

    title: str
    slug: str
    sections: tuple[Section, ...]
    standfirst: str = ""
    topic: str | None = None
    topics: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: date | None = None
    views: int | None = None
    comments: bool = True
    hero: Picture | None = None
    references: tuple[Reference, ...] = field(default=())
    discussion: tuple[DraftComment, ...] = field(default=())
