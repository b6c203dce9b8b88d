"""Read what an author says about an article above its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from articles.importing.draft import DraftComment, Problem
from articles.importing.front_matter_values import (
    WrongError,
    as_doi,
    as_key,
    as_paragraphs,
    as_pmid,
    as_position,
    as_slug,
    as_status,
    as_text,
    as_texts,
    as_url,
    as_views,
    as_year,
    as_yes_or_no,
    is_null,
)
from articles.importing.rich_text import one_line

_MAX_LENGTH = 200_000
_MAX_DEPTH = 10
_BARE_DATE = re.compile(r"[^T :]+")
_TIMESTAMPS = yaml.constructor.SafeConstructor()


@dataclass(frozen=True)
class ReferenceEntry:
    """A reference as written; `text` is still Markdown."""

    key: str
    text: str
    doi: str
    pmid: str
    url: str
    year: int | None
    line: int


@dataclass(frozen=True)
class ImageEntry:
    """The article's picture as written; without a mapping only `file` is known."""

    file: str
    is_mapping: bool
    line: int
    description: str = ""
    caption: str = ""
    credit: str = ""
    licence: str = ""


@dataclass
class FrontMatter:
    """What the author says; None and "" mean nothing was said."""

    title: str = ""
    slug: str = ""
    topic: str | None = None
    topics: tuple[str, ...] = ()
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: date | None = None
    views: int | None = None
    comments: bool = True
    references: tuple[ReferenceEntry, ...] = ()
    image: ImageEntry | None = None
    discussion: tuple[DraftComment, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    is_readable: bool = True


def read(text: str, *, first_line: int, time_zone: ZoneInfo) -> FrontMatter:
    """Read YAML that starts on `first_line`; `problems` says what is wrong with it."""
    return _Reader(text, first_line, time_zone).read()


class _YamlError(Exception):
    """The front matter is not YAML that may be read; `mark` says where."""

    def __init__(self, reason: str, mark: object = None) -> None:
        super().__init__(reason)
        self.position = int(getattr(mark, "index", 0))


class _Reader:
    def __init__(self, text: str, first_line: int, time_zone: ZoneInfo) -> None:
        self._text = text
        self._first_line = first_line
        self._time_zone = time_zone
        self._front = FrontMatter()
        self._readers: dict[str, Callable[[yaml.Node], object]] = {
            "title": partial(as_text, limit=255),
            "slug": as_slug,
            "topic": partial(as_text, limit=80),
            "topics": partial(as_texts, limit=80),
            "standfirst": partial(as_text, limit=500),
            "authors": partial(as_texts, limit=120),
            "published": self._moment,
            "updated": self._day,
            "views": as_views,
            "comments": as_yes_or_no,
            "references": self._references,
            "image": self._image,
            "discussion": self._discussion,
        }

    def read(self) -> FrontMatter:
        root = self._root()
        if root is None:
            return self._front
        lines = {}
        for key, node in self._entries(root, tuple(self._readers)):
            lines[key] = self._line(node)
            if is_null(node):
                continue
            try:
                value = self._readers[key](node)
                if value != "":
                    setattr(self._front, key, value)
            except WrongError as wrong:
                self._object(f"{key}: {wrong}", self._line(node))
        self._check_order(lines.get("updated"))
        return self._front

    def _root(self) -> yaml.MappingNode | None:
        try:
            self._check_events()
            root = yaml.compose(self._text, Loader=yaml.SafeLoader)
        except _YamlError as error:
            self._unreadable(str(error), error.position)
            return None
        except yaml.YAMLError as error:
            self._unreadable(_reason(error), _position(error))
            return None
        # PyYAML lets an impossible character code through as a ValueError.
        except (ValueError, OverflowError):
            self._unreadable("it holds an impossible character code", 0)
            return None
        if root is None or is_null(root):
            return None
        if not isinstance(root, yaml.MappingNode):
            self._unreadable("it must be a list of “name: value” lines", 0)
            return None
        return root

    def _check_events(self) -> None:
        """Refuse what could grow or nest without end before building anything."""
        if len(self._text) > _MAX_LENGTH:
            raise _YamlError(f"it is longer than {_MAX_LENGTH:,} characters")
        depth = 0
        for event in yaml.parse(self._text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise _YamlError("aliases (*) are not allowed", event.start_mark)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            if isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _MAX_DEPTH:
                raise _YamlError("it is nested too deeply", event.start_mark)

    def _unreadable(self, reason: str, position: int) -> None:
        self._front.is_readable = False
        line = self._first_line + self._text.count("\n", 0, position)
        self._object(f"The front matter cannot be read: {reason}.", line)

    def _object(self, message: str, line: int | None) -> None:
        self._front.problems.append(Problem(message, line))

    def _line(self, node: yaml.Node) -> int:
        # YAML also counts rare characters as line ends, editors do not.
        return self._first_line + self._text.count("\n", 0, node.start_mark.index)

    def _entries(
        self, mapping: yaml.MappingNode, allowed: tuple[str, ...]
    ) -> Iterator[tuple[str, yaml.Node]]:
        seen = set()
        for key_node, node in mapping.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            shown = one_line(key)[:50]
            line = self._line(key_node)
            if key in seen:
                self._object(f"{shown}: stands here for the second time.", line)
            elif key not in allowed:
                names = ", ".join(allowed)
                self._object(f"{shown}: is not a name known here ({names}).", line)
            else:
                yield key, node
            seen.add(key)

    def _date_or_moment(self, node: yaml.Node) -> date | datetime:
        text = as_text(node)
        try:
            if _TIMESTAMPS.timestamp_regexp.match(text):
                found: object = _TIMESTAMPS.construct_yaml_timestamp(
                    yaml.ScalarNode(node.tag, text)
                )
            elif _BARE_DATE.fullmatch(text):
                found = date.fromisoformat(text)
            else:
                found = datetime.fromisoformat(text)
            if isinstance(found, datetime) and found.tzinfo is None:
                found = found.replace(tzinfo=self._time_zone)
            if isinstance(found, datetime):
                found = found.astimezone(self._time_zone)
        except (ValueError, OverflowError):
            found = None
        # Years beyond these are slips of the pen, and overflow in other zones.
        if not isinstance(found, date) or not 1900 <= found.year <= 2200:
            raise WrongError("must be a date like 2024-05-31.")
        return found

    def _moment(self, node: yaml.Node) -> datetime:
        found = self._date_or_moment(node)
        if isinstance(found, datetime):
            return found
        # Midday stays on the same day in every other time zone worth showing.
        return datetime.combine(found, time(12), tzinfo=self._time_zone)

    def _day(self, node: yaml.Node) -> date:
        found = self._date_or_moment(node)
        return found.date() if isinstance(found, datetime) else found

    def _check_order(self, line: int | None) -> None:
        published, updated = self._front.published, self._front.updated
        if published and updated and updated < published.date():
            self._object("updated: lies before the date of publication.", line)

    def _references(self, node: yaml.Node) -> tuple[ReferenceEntry, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise WrongError("must be a list.")
        entries = [self._reference(item) for item in node.value]
        return tuple(entry for entry in entries if entry is not None)

    def _reference(self, node: yaml.Node) -> ReferenceEntry | None:
        line = self._line(node)
        values = self._mapping("references", node, _REFERENCES)
        if values is None:
            return None
        if not values["key"] or not values["text"]:
            self._object("references: each needs a key and a text.", line)
            return None
        values["year"] = values["year"] or None
        return ReferenceEntry(line=line, **values)

    def _discussion(self, node: yaml.Node) -> tuple[DraftComment, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise WrongError("must be a list.")
        found: list[DraftComment | None] = []
        for item in node.value:
            found.append(self._comment(item, found))
        return tuple(comment for comment in found if comment is not None)

    def _comment(
        self, node: yaml.Node, earlier: Sequence[DraftComment | None]
    ) -> DraftComment | None:
        readers = _COMMENTS | {"date": self._moment}
        values = self._mapping("discussion", node, readers)
        if values is None:
            return None
        position = values["parent"] or None
        if not (values["author"] and values["text"] and values["date"]):
            problem = "each needs an author, a date and a text."
        elif values["clinic"] and values["status"] not in {"", "approved"}:
            problem = "what the clinic answered is always approved."
        elif position is not None and position > len(earlier):
            problem = "parent: must be the number of an earlier one."
        elif position and (asked := earlier[position - 1]) and asked.parent is not None:
            problem = "parent: is an answer itself."
        else:
            return DraftComment(
                author=values["author"],
                written=values["date"],
                text=values["text"],
                status=values["status"] or "approved",
                parent=None if position is None else position - 1,
                from_clinic=bool(values["clinic"]),
            )
        self._object(f"discussion: {problem}", self._line(node))
        return None

    def _image(self, node: yaml.Node) -> ImageEntry | None:
        if not isinstance(node, yaml.MappingNode):
            return ImageEntry(
                file=as_text(node), is_mapping=False, line=self._line(node)
            )
        values = self._mapping("image", node, _IMAGES)
        if values is None:
            return None
        if not values["file"]:
            raise WrongError("needs a file.")
        return ImageEntry(is_mapping=True, line=self._line(node), **values)

    def _mapping(
        self, name: str, node: yaml.Node, readers: dict[str, Callable[[yaml.Node], Any]]
    ) -> dict[str, Any] | None:
        """Read a mapping inside the front matter; None once anything is wrong."""
        before = len(self._front.problems)
        if not isinstance(node, yaml.MappingNode):
            names = ", ".join(readers)
            self._object(f"{name}: must have names ({names}).", self._line(node))
            return None
        values: dict[str, Any] = dict.fromkeys(readers, "")
        for key, value in self._entries(node, tuple(readers)):
            if is_null(value):
                continue
            try:
                values[key] = readers[key](value)
            except WrongError as wrong:
                self._object(f"{name}: {key}: {wrong}", self._line(value))
        return values if len(self._front.problems) == before else None


_REFERENCES: dict[str, Callable[[yaml.Node], Any]] = {
    "key": as_key,
    "text": as_text,
    "doi": as_doi,
    "pmid": as_pmid,
    "url": as_url,
    "year": as_year,
}
_COMMENTS: dict[str, Callable[[yaml.Node], Any]] = {
    "author": partial(as_text, limit=80),
    "text": partial(as_paragraphs, limit=4000),
    "status": as_status,
    "parent": as_position,
    "clinic": as_yes_or_no,
}
_IMAGES: dict[str, Callable[[yaml.Node], Any]] = {
    "file": as_text,
    "description": as_text,
    "caption": partial(as_text, limit=300),
    "credit": as_text,
    "licence": as_text,
}


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return str(error.problem or error.context or "it is not YAML")
    return str(error).splitlines()[0]


def _position(error: yaml.YAMLError) -> int:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return int(mark.index) if mark else 0
    return int(getattr(error, "position", 0))
