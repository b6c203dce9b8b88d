"""The Markdown that articles are written in: CommonMark, tables, footnotes, alerts."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.common.html_re import attr_value
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, html_inline, image
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote.index import footnote_def

from articles.importing.rich_text import ANY_MARK

# markdown-it leaves out what is nested deeper, so the reader must object to it.
MAX_NESTING = 20

_MISREAD_FOOTNOTE = re.compile(r"^[ \t]*\[\^[^\]\n]*\]:", re.MULTILINE)
_ALERT = re.compile(r"\[!(\w[\w -]{0,39})(?:\|[^\]\n]*)?\][+-]?[ \t]*([^\n]*)\n?")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_ATTRIBUTE = re.compile(rf"\s+([a-zA-Z_:][a-zA-Z0-9:._-]*)(?:\s*=\s*({attr_value}))?")
_CONTAINERS = frozenset({"blockquote", "list_item", "footnote_reference"})
_CONTENT_DROPPED = frozenset({"script", "style", "iframe"})


@dataclass
class Node:
    """A block of Markdown with the blocks in it; `line` is where it starts."""

    type: str
    token: Token
    line: int
    children: list[Node] = field(default_factory=list)

    @property
    def inlines(self) -> Sequence[Token]:
        return self.token.children or ()

    @cached_property
    def line_ends(self) -> list[int]:
        return [end.start() for end in re.finditer("\n", self.token.content)]

    def line_of(self, token: Token) -> int:
        """Tell on which line an inline token of this node stands."""
        position: int = token.meta.get("position", 0)
        return self.line + bisect_left(self.line_ends, position)

    def with_inlines(self, tokens: Sequence[Token]) -> Node:
        """Copy the node with other inline tokens, for writing them on their own."""
        meta = {"unclosed": self.token.meta.get("unclosed")}
        token = self.token.copy(children=list(tokens), meta=meta)
        return Node("inline", token, self.line)

    def walk(self) -> Iterator[Node]:
        for child in self.children:
            yield child
            yield from child.walk()


@dataclass
class Document:
    """The blocks of a text, and what the parser alone can know to be wrong with it."""

    blocks: list[Node]
    footnotes: list[Node]
    too_deep: list[int]
    long_rows: list[int]
    misread_footnotes: list[int]


def parse(text: str, *, first_line: int) -> Document:
    env: EnvType = {}
    root = _tree(_ARTICLE.parse(text, env), first_line)
    nodes = list(root.walk())
    footnotes = [node for node in nodes if node.type == "footnote_reference"]
    for node in [root, *nodes]:
        node.children = [c for c in node.children if c.type != "footnote_reference"]
    misread = [
        first_line + reference["map"][0]
        for label, reference in env.get("references", {}).items()
        if label.startswith("^")
    ]
    for node in nodes:
        if node.type == "paragraph":
            misread += _misread_footnotes(node.children[0])
    return Document(
        blocks=root.children,
        footnotes=footnotes,
        too_deep=[
            node.line
            for node in nodes
            if node.type in _CONTAINERS and node.token.level >= MAX_NESTING - 1
        ],
        long_rows=[first_line + line for line in env.get("long_rows", ())],
        misread_footnotes=misread,
    )


def _misread_footnotes(inline: Node) -> list[int]:
    """Find footnotes that Markdown took for text, as their keys have spaces."""
    found = _MISREAD_FOOTNOTE.finditer(inline.token.content)
    return [inline.line + bisect_left(inline.line_ends, match.end()) for match in found]


def parse_inline(text: str, *, line: int) -> Node:
    """Read a piece of text that stands outside the article's own Markdown."""
    token = _ARTICLE.parseInline(text, {"in_note": True})[0]
    return Node("inline", token, line)


def _tree(tokens: Sequence[Token], first_line: int) -> Node:
    root = Node("root", Token("root", "", 0), first_line)
    open_nodes = [root]
    for token in tokens:
        if token.nesting == -1:
            open_nodes.pop()
            continue
        line = first_line + token.map[0] if token.map else open_nodes[-1].line
        node = Node(token.type.removesuffix("_open"), token, line)
        open_nodes[-1].children.append(node)
        if token.nesting == 1:
            open_nodes.append(node)
    return root


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        # Links are judged when the HTML is cleaned, which keeps their text.
        return True


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    # Not found when silent, so that a link may have a mark in its text.
    if silent or not state.src.startswith("[^", state.pos):
        return False
    mark = ANY_MARK.match(state.src, state.pos, state.posMax)
    if mark is None:
        return False
    token = state.push("mark", "", 0)
    token.content = mark[1]
    token.meta = {"position": state.pos}
    state.pos = mark.end()
    return True


def _footnote_inline(state: StateInline, silent: bool) -> bool:
    if "in_note" in state.env or not state.src.startswith("^[", state.pos):
        return False
    start = state.pos
    end = state.md.helpers.parseLinkLabel(state, start + 1)
    if end < 0:
        return False
    content = state.src[start + 2 : end]
    if not content.strip():
        return False
    if not silent:
        token = state.push("note", "", 0)
        token.meta = {"position": start}
        token.content = content
        state.env["in_note"] = True
        token.children = state.md.inline.parse(content, state.md, state.env, [])
        del state.env["in_note"]
    state.pos = end + 1
    return True


def _with_position(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def positioned(state: StateInline, silent: bool) -> bool:
        start = state.pos
        found = rule(state, silent)
        if found and not silent:
            state.tokens[-1].meta["position"] = start
        return found

    return positioned


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    found = table(state, start, end, silent)
    if found and not silent:
        headings = _cell_count(state, start)
        # The cells beyond the last heading are not in the tokens.
        state.env.setdefault("long_rows", []).extend(
            line
            for line in range(start + 2, state.line)
            if _cell_count(state, line) > headings
        )
    return found


def _cell_count(state: StateBlock, line: int) -> int:
    cells = escapedSplit(getLine(state, line).strip())
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


def _alerts(state: StateCore) -> None:
    """Note the type and the title of an alert at its block quote."""
    for quote, paragraph, first in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if (quote.type, paragraph.type) != ("blockquote_open", "paragraph_open"):
            continue
        alert = _ALERT.match(first.content)
        if alert is None:
            continue
        quote.meta["alert"] = alert[1].strip()
        quote.content = alert[2].strip()
        quote.children = state.md.inline.parse(quote.content, state.md, state.env, [])
        first.content = first.content[alert.end() :]
        if first.map:
            first.map = [first.map[0] + alert[0].count("\n"), first.map[1]]


def _raw_html(state: StateCore) -> None:
    """Turn HTML into the tokens of Markdown where there are any, and drop scripts."""
    for token in state.tokens:
        if token.type == "html_block":
            source = token.content
            token.children = _RAW.inline.parse(source, _RAW, state.env, [])
            if source.lstrip().startswith("<!--") and "-->" not in source:
                token.meta["unclosed"] = "<!--"
        if token.children:
            token.children = _without_raw_html(token.children, token)


def _without_raw_html(children: Sequence[Token], block: Token) -> list[Token]:
    kept: list[Token] = []
    dropping = ""
    for token in children:
        name, closing, attributes = _tag(token)
        if dropping:
            dropping = "" if closing and name == dropping else dropping
        elif token.type == "note":
            token.children = _without_raw_html(token.children or (), block)
            kept.append(token)
        elif token.type != "html_inline":
            kept.append(token)
        elif name in _CONTENT_DROPPED:
            kept += _link_to_frame(attributes) if name == "iframe" else []
            if not closing and not token.content.endswith("/>"):
                dropping = name
        elif name:
            kept.append(_as_markdown(token, name, closing, attributes))
    if dropping:
        block.meta["unclosed"] = f"<{dropping}>"
    return kept


def _tag(token: Token) -> tuple[str, bool, dict[str, str]]:
    match = _TAG.match(token.content) if token.type == "html_inline" else None
    if match is None:
        return "", False, {}
    attributes: dict[str, str] = {}
    position = match.end()
    while attribute := _ATTRIBUTE.match(token.content, position):
        value = attribute[2] or ""
        if value.startswith(("'", '"')):
            value = value[1:-1]
        attributes.setdefault(attribute[1].lower(), unescape(value))
        position = attribute.end()
    return match[2].lower(), bool(match[1]), attributes


def _link_to_frame(attributes: dict[str, str]) -> list[Token]:
    address = attributes.get("src", "")
    if not address.startswith(("https://", "http://")):
        return []
    return [
        Token("link_open", "a", 1, attrs={"href": address}),
        Token("text", "", 0, content=attributes.get("title") or address),
        Token("link_close", "a", -1),
    ]


def _as_markdown(
    token: Token, name: str, closing: bool, attributes: dict[str, str]
) -> Token:
    if name == "br":
        return Token("hardbreak", "br", 0)
    if name == "a" and closing:
        return Token("link_close", "a", -1)
    if name == "a":
        return Token("link_open", "a", 1, attrs={"href": attributes.get("href", "")})
    if name == "img":
        shown = {key: attributes.get(key, "") for key in ("src", "alt", "title")}
        return Token("image", "img", 0, attrs=dict(shown), meta=token.meta)
    if closing:
        return Token("html_close", name, -1)
    return Token("html_open", name, 1)


def _article_parser() -> MarkdownIt:
    md = _Parser("commonmark", {"maxNesting": MAX_NESTING})
    md.enable(["table", "strikethrough"])
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before(
        "reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]}
    )
    md.inline.ruler.before("link", "footnote_mark", _footnote_mark)
    md.inline.ruler.before("link", "footnote_inline", _footnote_inline)
    md.inline.ruler.at("image", _with_position(image))
    md.inline.ruler.at("html_inline", _with_position(html_inline))
    md.core.ruler.before("inline", "alerts", _alerts)
    md.core.ruler.after("inline", "raw_html", _raw_html)
    return md


def _raw_html_parser() -> MarkdownIt:
    md = _Parser("zero", {"html": True, "maxNesting": MAX_NESTING})
    md.enable(["entity", "html_inline"])
    md.inline.ruler.at("html_inline", _with_position(html_inline))
    md.inline.ruler.push("footnote_mark", _footnote_mark)
    return md


_ARTICLE = _article_parser()
_RAW = _raw_html_parser()
