"""Write Markdown as rich text, and set aside what rich text cannot hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from markdown_it.token import Token

from articles.importing import citations, picture_files, rich_text
from articles.importing.draft import DraftBlock, Picture, Problem, Reference
from articles.importing.markdown_syntax import Node

_TEXTS = frozenset({"text", "text_special", "code_inline"})
_CODE = frozenset({"code_block", "fence"})
_PICTURE_ADDRESS = re.compile(r"[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg)", re.IGNORECASE)

LineOf = Callable[[Token], int]
Lift = Callable[[Node], list[DraftBlock]]


@dataclass
class Findings:
    """What comes up anywhere in a text and concerns the whole article."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    _note_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def object(self, message: str, line: int | None) -> None:
        self.problems.append(Problem(message, line))

    def new_note_key(self) -> str:
        keys = (f"note-{number}" for number in self._note_numbers)
        key = next(key for key in keys if key not in self.keys)
        self.keys.add(key)
        return key

    def caption(self, text: str, line: int) -> str:
        """Take a caption, which is plain but may hold footnote marks."""
        self.marks += [(key, line) for key in rich_text.ANY_MARK.findall(text)]
        return rich_text.one_line(text)

    def find_picture(self, picture: Picture, address: str) -> Picture | None:
        try:
            file = picture_files.find(address, self.folder)
            long_description = picture_files.long_description(file, self.folder)
        except picture_files.PictureError as error:
            self.object(str(error), picture.line)
            return None
        return replace(picture, file=file, long_description=long_description)

    def reference(
        self,
        key: str,
        flow: Flow,
        *,
        line: int,
        doi: str = "",
        pmid: str = "",
        url: str = "",
        year: int | None = None,
    ) -> None:
        """Add the reference whose text has been written to a flow of its own."""
        text = rich_text.inline(flow.html(), " ")
        if flow.lifted:
            self.object(f"Only text can stand in a footnote: [^{key}]", line)
        if not text:
            self.object(f"The footnote [^{key}] has no text.", line)
            return
        found = citations.read(text, doi=doi, pmid=pmid, url=url)
        self.references.append(
            Reference(
                key=key,
                text=found.text,
                year=year or found.year,
                doi=found.doi,
                pmid=found.pmid,
                url=found.url,
                line=line,
            )
        )


class Flow:
    """Rich text in the making; `lifted` collects the blocks to put behind it."""

    def __init__(self, findings: Findings, lift: Lift) -> None:
        self.lifted: list[DraftBlock] = []
        self._findings = findings
        self._lift = lift
        self._writer = rich_text.RichTextWriter()

    def html(self) -> str:
        return self._writer.result()

    def write(self, node: Node) -> None:
        if node.type == "table" or "alert" in node.token.meta:
            self.lifted += self._lift(node)
        elif node.type == "inline":
            self.write_inline(node)
        elif node.type == "html_block":
            self._writer.start("p")
            self.write_inline(node)
        elif node.type in _CODE:
            self._writer.start("pre")
            self._writer.text(node.token.content)
            self._writer.end("pre")
        else:
            self._writer.start(node.token.tag)
            for child in node.children:
                self.write(child)
            self._writer.end(node.token.tag)

    def write_inline(self, node: Node) -> None:
        self._write_tokens(node.inlines, node.line_of)
        self._writer.end_styles()
        if unclosed := node.token.meta.get("unclosed"):
            self._findings.object(f"{unclosed} is never closed.", node.line)

    def _write_tokens(self, tokens: Sequence[Token], line_of: LineOf) -> None:
        tokens, images = _apart(tokens)
        if len(images) == 1 and _are_marks(tokens):
            # Marks beside nothing but a picture belong to its caption.
            keys = [token.content for token in tokens if token.type == "mark"]
            marks = "".join(f"[^{key}]" for key in keys)
            self._lift_picture(images[0], line_of(images[0]), marks)
            return
        for token in tokens:
            self._write_token(token, line_of)
        for image in images:
            self._lift_picture(image, line_of(image))

    def _write_token(self, token: Token, line_of: LineOf) -> None:
        if token.type in _TEXTS:
            self._writer.text(token.content)
        elif token.type == "softbreak":
            self._writer.text(" ")
        elif token.type == "hardbreak":
            self._writer.line_break()
        elif token.type == "mark":
            self._mark(token.content, line_of(token))
        elif token.type == "note":
            self._note(token, line_of(token))
        elif token.nesting == 1:
            self._writer.start(token.tag, str(token.attrs.get("href", "")))
        elif token.nesting == -1:
            self._writer.end(token.tag)

    def _mark(self, key: str, line: int) -> None:
        self._findings.marks.append((key, line))
        if rich_text.MARK_KEY.fullmatch(key):
            self._writer.mark(key)

    def _note(self, token: Token, line: int) -> None:
        key = self._findings.new_note_key()
        flow = Flow(self._findings, self._lift)
        flow._write_tokens(token.children or (), lambda _: line)
        self._findings.reference(key, flow, line=line)
        self._writer.mark(key)

    def _lift_picture(self, image: Token, line: int, marks: str = "") -> None:
        title = str(image.attrs.get("title", ""))
        picture = Picture(
            file=Path(),
            description=_description(image),
            caption=self._findings.caption(f"{title} {marks}", line),
            line=line,
        )
        found = self._findings.find_picture(picture, str(image.attrs["src"]))
        if found is not None:
            self._findings.pictures.append(found)
            self.lifted.append(found)


def _apart(tokens: Iterable[Token]) -> tuple[list[Token], list[Token]]:
    """Take the images out of inline text."""
    text: list[Token] = []
    images: list[Token] = []
    link: tuple[int, int] | None = None
    for token in tokens:
        if token.type == "image":
            images.append(token)
            continue
        if token.type == "link_open":
            link = len(text), len(images)
        elif token.type == "link_close" and link is not None:
            start, images_before = link
            says_nothing = not any(inner.content.strip() for inner in text[start:])
            if len(images) > images_before and says_nothing:
                text += _words_for_link(text[start], images[-1])
            link = None
        text.append(token)
    return text, images


def _words_for_link(link: Token, image: Token) -> list[Token]:
    """Keep the link around a picture, unless it only leads to a larger picture."""
    address = str(link.attrs.get("href", ""))
    if not address or _PICTURE_ADDRESS.fullmatch(address):
        return []
    return [Token("text", "", 0, content=_description(image) or address)]


def _are_marks(tokens: Iterable[Token]) -> bool:
    return all(
        token.type in {"mark", "softbreak"}
        or (token.type == "text" and not token.content.strip())
        for token in tokens
    )


def _description(image: Token) -> str:
    alt = str(image.attrs.get("alt", "")) or _text_in(image.children or ())
    return rich_text.one_line(alt)


def _text_in(tokens: Iterable[Token]) -> str:
    texts = []
    for token in tokens:
        if token.type == "image":
            texts.append(_description(token))
        elif token.type in _TEXTS or token.type == "note":
            texts.append(token.content)
        elif token.nesting == 0 and token.type != "mark":
            texts.append(" ")
    return "".join(texts)
