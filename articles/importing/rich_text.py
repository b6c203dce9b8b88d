"""Write tags and text of any origin as the HTML that Wagtail's rich text stores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

import nh3

# Footnote marks travel between two noncharacters, so that no text can pass for one.
MARK_START, MARK_END = "\ufdd0", "\ufdd1"
# An invisible word joiner keeps a literal "[^x]" from being taken for a mark later;
# an entity would be undone by the first save in the editor.
LITERAL_BRACKET = "[\u2060^"

MARK_KEY = re.compile(r"[A-Za-z0-9_-]+")
MARK = re.compile(rf"\[\^({MARK_KEY.pattern})\]")
ANY_MARK = re.compile(r"\[\^([^\s\[\]]+)\]")

_STYLES = {"b": "b", "strong": "b", "i": "i", "em": "i", "sup": "sup", "sub": "sub"}
_HEADING = re.compile("h[1-6]")
_BLOCK = re.compile(
    "p|div|pre|blockquote|hr|h[1-6]|table|caption|thead|tbody|tfoot|tr|section|article"
    "|aside|header|footer|main|nav|figure|figcaption|dl|dt|dd|address|details|summary"
)
_MAX_LISTS = 10
_MAX_STYLES = 20
_SPACE = re.compile(r"[ \t\n\f\r]+")
_ALIGNED = re.compile(r"^ +| {2,}", re.MULTILINE)
_BARE_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_BLOCK_TAGS = re.compile(r"(?:</?(?:p|h3|ul|ol|li)>)+")
_TAG = re.compile(r"</?[a-z]+[0-9]?(?: href=\"[^\"]*\")?/?>")
_CLEANER = nh3.Cleaner(
    tags={"p", "h3", "ul", "ol", "li", "b", "i", "a", "sup", "sub", "br"},
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)

Style = tuple[str, str]
Segment = tuple[str, tuple[Style, ...]]


def inline(html: str, separator: str = "<br/>") -> str:
    """Reduce rich text to what may stand inside one paragraph."""
    return _BLOCK_TAGS.sub("\n", html).strip("\n").replace("\n", separator)


def plain(html: str) -> str:
    """Reduce rich text to plain text; blocks and breaks become lines."""
    text = html.replace("<li>", "\n- ").replace("<br/>", "\n")
    text = re.sub(r"</(?:p|h3)>|</?[uo]l>", "\n\n", text)
    text = unescape(_TAG.sub("", text))
    text = re.sub(r"\n\n+(?=- )", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ")


def without_headings(html: str) -> str:
    """Make inner headings bold paragraphs, for boxes that have no headings."""
    return html.replace("<h3>", "<p><b>").replace("</h3>", "</b></p>")


def one_line(text: str) -> str:
    """Put plain text on a single line."""
    return " ".join(text.split())


def without_marks(text: str) -> str:
    """Take the footnote marks out of plain text."""
    return one_line(MARK.sub("", text))


def literal(text: str) -> str:
    """Keep brackets in plain text from being taken for footnote marks."""
    return text.replace("[^", LITERAL_BRACKET)


@dataclass
class _List:
    tag: str
    in_item: bool = False


class RichTextWriter:
    """Take tags and text in any order and give back well-formed rich text.

    Only tags that Wagtail stores are ever written, so nothing depends on how a
    browser would have read the original; nh3 checks the result all the same.
    """

    def __init__(self) -> None:
        self._out: list[str] = []
        self._segments: list[Segment] = []
        self._styles: list[Style] = []
        self._lists: list[_List] = []
        self._lists_too_deep = 0
        self._block = "p"
        self._preformatted = False

    def start(self, tag: str, href: str = "") -> None:
        if tag in _STYLES or tag == "a":
            if len(self._styles) < _MAX_STYLES:
                self._styles.append((_STYLES.get(tag, tag), href))
        elif tag in {"ul", "ol"}:
            self._start_list(tag)
        elif tag == "li":
            self._start_item()
        elif tag in {"td", "th"}:
            if self._segments:
                self.text(" | ")
        elif _BLOCK.fullmatch(tag):
            self._end_block()
            self._block = "h3" if _HEADING.fullmatch(tag) else "p"
            self._preformatted = tag == "pre"

    def end(self, tag: str) -> None:
        if tag in _STYLES or tag == "a":
            self._end_style(_STYLES.get(tag, tag))
        elif tag in {"ul", "ol"}:
            self._end_list(tag)
        elif tag == "li":
            self._end_item()
        elif _BLOCK.fullmatch(tag):
            self._end_block()

    def text(self, text: str) -> None:
        if self._preformatted:
            text = _ALIGNED.sub(lambda run: "\xa0" * len(run[0]), text.expandtabs(4))
        else:
            text = _SPACE.sub(" ", text)
        self._segments.append((text, self._current_styles()))

    def line_break(self) -> None:
        self._segments.append(("\n", self._current_styles()))

    def mark(self, key: str) -> None:
        """Write a footnote mark; it becomes a link later, so it leaves any link."""
        styles = tuple(style for style in self._current_styles() if style[0] != "a")
        self._segments.append((f"{MARK_START}{key}{MARK_END}", styles))

    def end_styles(self) -> None:
        """Forget what was left open, so that it does not colour the next block."""
        self._styles.clear()

    def result(self) -> str:
        self._end_block()
        while self._lists:
            self._end_list(self._lists[-1].tag)
        return _finished("".join(self._out))

    def _current_styles(self) -> tuple[Style, ...]:
        outermost: dict[str, str] = {}
        for tag, href in self._styles:
            outermost.setdefault(tag, href)
        return tuple(style for style in outermost.items() if style != ("a", ""))

    def _end_style(self, tag: str) -> None:
        for index in reversed(range(len(self._styles))):
            if self._styles[index][0] == tag:
                del self._styles[index]
                return

    def _end_block(self) -> None:
        html = _serialised(self._segments)
        self._segments.clear()
        if html and self._lists:
            self._add_to_item(html)
        elif html:
            self._out.append(f"<{self._block}>{html}</{self._block}>")
        self._block = "p"
        self._preformatted = False

    def _add_to_item(self, html: str) -> None:
        if not self._lists[-1].in_item:
            self._open_item()
        # The editor knows no blocks inside list items.
        if self._block == "h3":
            html = f"<b>{html}</b>"
        if self._out[-1] not in {"<li>", "</ul>", "</ol>"}:
            self._out.append("<br/>")
        self._out.append(html)

    def _start_list(self, tag: str) -> None:
        self._end_block()
        if len(self._lists) == _MAX_LISTS:
            self._lists_too_deep += 1
            return
        if self._lists and not self._lists[-1].in_item:
            self._open_item()
        self._lists.append(_List(tag))
        self._out.append(f"<{tag}>")

    def _end_list(self, tag: str) -> None:
        self._end_block()
        if self._lists_too_deep:
            self._lists_too_deep -= 1
            return
        if not any(open_list.tag == tag for open_list in self._lists):
            return
        while True:
            self._end_item()
            ended = self._lists.pop().tag
            self._close(ended)
            if ended == tag:
                return

    def _start_item(self) -> None:
        self._end_item()
        if self._lists:
            self._open_item()

    def _open_item(self) -> None:
        self._lists[-1].in_item = True
        self._out.append("<li>")

    def _end_item(self) -> None:
        self._end_block()
        if self._lists and self._lists[-1].in_item:
            self._lists[-1].in_item = False
            self._close("li")

    def _close(self, tag: str) -> None:
        if self._out[-1] == f"<{tag}>":
            self._out.pop()
        else:
            self._out.append(f"</{tag}>")


def _serialised(segments: list[Segment]) -> str:
    html: list[str] = []
    opened: tuple[Style, ...] = ()
    for text, styles in _tidied(segments):
        kept = _shared(opened, styles)
        html += [f"</{tag}>" for tag, _ in reversed(opened[kept:])]
        html += [_start_tag(*style) for style in styles[kept:]]
        html.append(escape(text, quote=False).replace("\n", "<br/>"))
        opened = styles
    html += [f"</{tag}>" for tag, _ in reversed(opened)]
    return "".join(html)


def _tidied(segments: list[Segment]) -> list[Segment]:
    tidied: list[Segment] = []
    for text, styles in segments:
        if not tidied:
            text = text.lstrip(" \n")
        elif tidied[-1][0][-1] in " \n":
            text = text.lstrip(" ")
        if text:
            tidied.append((text, styles))
    while tidied:
        text, styles = tidied.pop()
        if text := text.rstrip(" \n"):
            tidied.append((text, styles))
            break
    return tidied if any(text.strip() for text, _ in tidied) else []


def _shared(one: tuple[Style, ...], other: tuple[Style, ...]) -> int:
    shared = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared


def _start_tag(tag: str, href: str) -> str:
    if tag != "a":
        return f"<{tag}>"
    address = href.replace("[^", "[%5E").replace("<", "%3C").replace(">", "%3E")
    return f'<a href="{escape(address)}">'


def _finished(html: str) -> str:
    if "<a " in html:
        html = _BARE_LINK.sub(r"\1", _CLEANER.clean(html))
    elif "<" in html:
        html = _CLEANER.clean(html)
    html = html.replace("<br>", "<br/>").replace("&nbsp;", "\xa0")
    html = literal(html)
    return html.replace(MARK_START, "[^").replace(MARK_END, "]")
