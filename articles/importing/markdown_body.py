"""Turn the blocks of a Markdown text into the sections of an article."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from html import unescape

from articles.importing import rich_text
from articles.importing.draft import (
    Callout,
    CalloutUrgency,
    DraftBlock,
    KeyPoints,
    Question,
    Quote,
    RichText,
    Section,
    Steps,
    Table,
)
from articles.importing.markdown_flow import Findings, Flow
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
_DASHES = ("—", "–", "―", "--")
_CAPTION = "Table:"

BAD_FOOTNOTE_KEY = "The key of a footnote may hold only letters, digits, - and _."
_BREAKS = frozenset({"softbreak", "hardbreak"})


class BodyReader:
    """Read one body; what is wrong with it goes to `findings`."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._nodes = deque(document.blocks)
        self._footnotes = document.footnotes
        self._findings = findings
        self._from_title: list[DraftBlock] = []
        self._check(document)

    def take_title(self, given: str) -> tuple[str, int | None]:
        """Take the title off the body, where it may stand though it is given."""
        first = next((node for node in self._nodes if not _is_unseen(node)), None)
        if first is not None and _level(first) == 1:
            html, lifted = self._html([first])
            heading = _heading(html)
            if not given or heading.casefold() == given.casefold():
                self._nodes.remove(first)
                self._from_title = lifted
                return given or heading, first.line
        return given, None

    def first_heading_line(self) -> int | None:
        """Tell where a heading stands that could have been the title."""
        lines = (node.line for node in self._nodes if _level(node) == 1)
        return next(lines, None)

    def sections(self) -> tuple[Section, ...]:
        opening = Section("", (*self._from_title, *self._blocks(self._next_part())))
        sections = [opening] if opening.blocks else []
        while self._nodes:
            sections.append(self._section(self._nodes.popleft()))
        return tuple(sections)

    def read_footnotes(self) -> None:
        for node in self._footnotes:
            flow = Flow(self._findings, self._lift)
            for child in node.children:
                flow.write(child)
            key = node.token.meta["label"]
            self._findings.reference(key, flow, line=node.line)

    def _check(self, document: Document) -> None:
        for line in document.too_deep:
            self._findings.object("Lists and quotes are nested too deeply.", line)
        for line in document.long_rows:
            message = "This row has more cells than the table has headings."
            self._findings.object(message, line)
        for line in document.misread_footnotes:
            self._findings.object(BAD_FOOTNOTE_KEY, line)

    def _next_part(self) -> list[Node]:
        """Take the blocks up to the next heading of a section."""
        part = []
        while self._nodes and _level(self._nodes[0]) not in {1, 2}:
            part.append(self._nodes.popleft())
        return part

    def _section(self, node: Node) -> Section:
        html, lifted = self._html([node])
        heading = _heading(html)
        if not heading:
            self._findings.object("A heading has no text.", node.line)
        return Section(heading, (*lifted, *self._blocks(self._next_part())), node.line)

    def _html(self, nodes: Iterable[Node]) -> tuple[str, list[DraftBlock]]:
        flow = Flow(self._findings, self._lift)
        for node in nodes:
            flow.write(node)
        return flow.html(), flow.lifted

    def _box(self, nodes: Iterable[Node]) -> tuple[str, list[DraftBlock]]:
        html, lifted = self._html(nodes)
        return rich_text.without_headings(html), lifted

    def _blocks(self, nodes: Iterable[Node]) -> list[DraftBlock]:
        """Gather running text as far as it goes, and interrupt it where it must be."""
        blocks: list[DraftBlock] = []
        flow = Flow(self._findings, self._lift)
        waiting = deque(nodes)
        while waiting:
            node = waiting.popleft()
            interrupting: list[DraftBlock] = []
            if node.type == "table":
                captioned = bool(waiting) and _is_caption(waiting[0])
                caption = waiting.popleft() if captioned else None
                interrupting = self._table(node, caption)
            elif node.type == "blockquote":
                interrupting = self._lift(node)
            else:
                flow.write(node)
            if interrupting or flow.lifted:
                blocks += [*_rich_text(flow), *flow.lifted, *interrupting]
                flow = Flow(self._findings, self._lift)
        return [*blocks, *_rich_text(flow)]

    def _lift(self, node: Node) -> list[DraftBlock]:
        if node.type == "table":
            return self._table(node)
        if "alert" in node.token.meta:
            return self._alert(node)
        return self._quote(node)

    def _quote(self, node: Node) -> list[DraftBlock]:
        attribution, from_attribution = self._attribution(node)
        html, lifted = self._html(node.children)
        text = rich_text.plain(html)
        if not text:
            text, attribution = attribution, ""
        quote = [Quote(text, attribution)] if text else []
        return [*quote, *lifted, *from_attribution]

    def _attribution(self, quote: Node) -> tuple[str, list[DraftBlock]]:
        """Take the last line off a quote if it names who said it."""
        last = quote.children[-1] if quote.children else quote
        if last.type != "paragraph":
            return "", []
        inline = last.children[0]
        tokens = list(inline.inlines)
        ends = [n for n, token in enumerate(tokens) if token.type in _BREAKS]
        start = ends[-1] + 1 if ends else 0
        said_by = tokens[start:]
        # The source still tells an escaped dash from one that means something.
        source = unescape(inline.token.content.rpartition("\n")[2]).lstrip(" *_[")
        first = next((token.type for token in said_by if token.content), "")
        if first != "text" or not source.startswith(_DASHES):
            return "", []
        inline.token.children = tokens[: max(start - 1, 0)]
        html, lifted = self._html([inline.with_inlines(said_by)])
        name = rich_text.one_line(rich_text.plain(html)).lstrip("—–―- ")
        return name, lifted

    def _table(self, node: Node, caption: Node | None = None) -> list[DraftBlock]:
        rows: list[list[str]] = []
        lifted: list[DraftBlock] = []
        for row in (part for part in node.walk() if part.type == "tr"):
            cells = [self._html(cell.children) for cell in row.children]
            rows.append([rich_text.inline(html) for html, _ in cells])
            lifted += [block for _, blocks in cells for block in blocks]
        said = ""
        if caption is not None:
            said, from_caption = self._html([caption])
            lifted += from_caption
        elif len(rows) > 1 and _is_caption_row(rows[-1]):
            # Without a blank line between, Markdown takes the caption for a row.
            said = rows.pop()[0]
        table = Table(
            headings=tuple(_one_line(cell) for cell in rows[0]),
            rows=tuple(tuple(row) for row in rows[1:]),
            caption=_one_line(said).removeprefix(_CAPTION).strip(),
        )
        return [table, *lifted]

    def _alert(self, node: Node) -> list[DraftBlock]:
        name: str = node.token.meta["alert"]
        title, from_title = self._html([node.with_inlines(node.inlines)])
        kind = name.upper()
        if kind in _SUMMARIES or kind == "STEPS":
            blocks = self._listed(node, kind, _one_line(title))
        elif kind in _QUESTIONS:
            blocks = self._question(node, _one_line(title))
        else:
            blocks = self._callout(node, name, title)
        return [*blocks, *from_title]

    def _callout(self, node: Node, name: str, title: str) -> list[DraftBlock]:
        html, lifted = self._box(node.children)
        heading = _one_line(title)
        if not html:
            html, heading = title, ""
        if not html:
            self._findings.object("This box has no text.", node.line)
        kind = name.upper()
        if kind not in _URGENCIES and not heading:
            heading = name.replace("-", " ").replace("_", " ").capitalize()
        urgency = _URGENCIES.get(kind, "good_to_know")
        return [Callout(urgency, html, heading), *lifted]

    def _listed(self, node: Node, kind: str, title: str) -> list[DraftBlock]:
        """Read the items of the list in an alert; what is around it stays outside."""
        before, items, after = _around_list(node.children)
        written = [self._box([item]) for item in items]
        texts = [html for html, _ in written if html]
        if not texts:
            self._findings.object("This box needs a list.", node.line)
        block: DraftBlock
        if kind == "STEPS":
            block = Steps(tuple(texts), title)
        else:
            block = KeyPoints(tuple(rich_text.inline(html) for html in texts), title)
        lifted = [block for _, blocks in written for block in blocks]
        return [*self._blocks(before), block, *lifted, *self._blocks(after)]

    def _question(self, node: Node, title: str) -> list[DraftBlock]:
        children = node.children
        lifted: list[DraftBlock] = []
        if not title and children and children[0].type == "paragraph":
            html, lifted = self._html(children[:1])
            title, children = _one_line(html), children[1:]
        answer, from_answer = self._box(children)
        if not title:
            self._findings.object("This box has no question.", node.line)
        if not answer:
            self._findings.object("This question has no answer.", node.line)
        return [Question(title, answer), *lifted, *from_answer]


def _level(node: Node) -> int | None:
    return int(node.token.tag[1]) if node.type == "heading" else None


def _heading(html: str) -> str:
    return rich_text.without_marks(rich_text.plain(html))


def _one_line(html: str) -> str:
    return rich_text.one_line(rich_text.plain(html))


def _is_unseen(node: Node) -> bool:
    if node.type == "html_block":
        kinds = {token.type for token in node.inlines if token.content.strip()}
        return not kinds and all(token.type != "image" for token in node.inlines)
    return node.type == "hr"


def _is_caption(node: Node) -> bool:
    return node.type == "paragraph" and node.children[0].token.content.startswith(
        _CAPTION
    )


def _is_caption_row(row: Sequence[str]) -> bool:
    return row[0].startswith(_CAPTION) and not any(row[1:])


def _rich_text(flow: Flow) -> list[DraftBlock]:
    html = flow.html()
    return [RichText(html)] if html else []


def _around_list(nodes: Sequence[Node]) -> tuple[list[Node], list[Node], list[Node]]:
    """Part blocks into those before the first list, all items, and the rest."""
    first = next((n for n, node in enumerate(nodes) if node.type in _LISTS), None)
    if first is None:
        return [], list(nodes), []
    lists = [node for node in nodes if node.type in _LISTS]
    rest = [node for node in nodes[first:] if node.type not in _LISTS]
    return list(nodes[:first]), [item for one in lists for item in one.children], rest
