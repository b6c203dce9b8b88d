import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from articles.importing import markdown
from articles.importing.draft import (
    ArticleDraft,
    Callout,
    KeyPoints,
    Question,
    RichText,
    Steps,
    Table,
    UnreadableError,
)
from tests.articles.importing.reading import ZONE, html, lines, parse

# fmt: off
MARKDOWN = [
    "# ", "## ", "### ", "> ", "- ", "1. ", "    ", "\n", "\n", "\n\n", "\t", "\\", "!",
    "`", "```\n", "**", "_", "~~", "[", "](", ")", "]", "![", "|", "|-|-|\n", "---\n",
    "[^a]", "\n[^a]: ", "\n[^b]: ", "^[", "[^b c]: ", "Table: c", "— me", "&#94;", "&lt;",
    "[!NOTE]", "[!STEPS] ", "[!FAQ]", "[!SUMMARY]", "10.1000/a", "(2005)", "PMID: 1",
    "<b>", "</b>", "<ul>", "<li>", "</li>", "</ul>", "<ol>", "<p>", "</p>", "<h2>", "<td>",
    "<script>", "</script>", "<style>", "<pre>", "<!--", "-->", "<a href='x'>", "</a>",
    "<a href='javascript:x'>", "<img src=arm.png>", "<iframe src='https://x'>", "<i",
    "](arm.png)", "](javascript:x)", "\xa0", "\ufdd0", "\ufdd2", "\u2028", "\x0b", "\x85",
]
YAML = [
    "title: ", "slug: ", "topics: ", "published: ", "updated: ", "views: ", "image: ",
    "references: ", "comments: ", "\n", "\n", "\n- ", "\n  ", "{", "}", "[", "]", ", ",
    ": ", "key: ", "text: ", "doi: ", "year: ", "'", '"', "|", ">", "&a ", "*a", "!!int ",
    "!!timestamp ", "!!binary ", "!x ", "<<: ", "? ", "~", "true", "2024-02-30", "1__0",
    "0001-01-01T00:00:00+14:00", "2024-01-01 10:00:00", "9" * 5000, "\\x00", "\\ud800",
    "\\UFFFFFFFF", "%YAML 9.9", "#", "---", "...", "10.1000/a", "arm.png", "a", "\t",
]
WITHOUT_LINKS = [
    "# ", "## ", "### ", "> ", "- ", "1. ", "    ", "\n", "\n", "\n\n", "**", "_", "`", "~~",
    "| a | b |\n|-|-|\n", "|", "```\n", "^[", "]", "<td>", "<ul>", "<li>", "<b>", "<pre>",
    "> [!NOTE] ", "> [!STEPS] ", "> [!FAQ]\n", "> [!TLDR]\n", "> [!ODD]\n", "— ", "Table: ",
]
REPEATED = [
    "[", "![", "^[", "[^", "[^a]: ", "](", "<", "<b>", "<ul><li>", "<!--", "`a``", "*a ",
    "_a*", "> ", ">", "- ", "1. ", "\\", "&", "|", "~~a", "[a](", "[[]]", "> > [!NOTE]\n",
    "a\n", "|-|\n", "^[x]", "x[^1] ", "<a href='", "\xa0", "    ", "\n[^a]: 10.1000/)))",
]
# fmt: on
STORED = re.compile(
    r'</?(?:p|h3|ul|ol|li|b|i|sup|sub)>|<br/>|</a>|<a href="(?!javascript)[^"<>]+">'
)
TAG = re.compile(r"<[^>]*>")
MARK = re.compile(r"\[\^([A-Za-z0-9_-]+)\]")
NO_TEXT = re.compile(r"(?<!\\)(?:\\\\)*\\(?:ud[89a-f]|x00|ufdd)")


def joined(pieces: list[str]) -> st.SearchStrategy[str]:
    anything = st.sampled_from(pieces) | st.text(max_size=3)
    return st.lists(anything, max_size=40).map("".join)


def all_html(draft: ArticleDraft) -> Iterator[str]:
    yield from (reference.text for reference in draft.references)
    for block in (block for section in draft.sections for block in section.blocks):
        match block:
            case RichText(html=text) | Callout(html=text) | Question(html=text):
                yield text
            case Steps(steps=texts) | KeyPoints(points=texts):
                yield from texts
            case Table(rows=rows):
                yield from (cell for row in rows for cell in row)


def check_html(text: str) -> None:
    """Check that HTML holds only what is stored, balanced and never empty."""
    open_tags: list[str] = []
    for tag in TAG.findall(text):
        assert STORED.fullmatch(tag), text
        if tag.startswith("</"):
            assert open_tags.pop() == tag[2:-1], text
        elif tag != "<br/>":
            open_tags.append(tag[1:-1].split()[0])
    assert not open_tags, text
    assert not re.search(r"<(\w+)[^>]*></\1>", text), text


def check_problems(error: UnreadableError, text: str) -> None:
    last = text.count("\n") + text.count("\r") + 1
    assert error.problems
    assert all(1 <= (problem.line or 1) <= last for problem in error.problems)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "arm.png").touch()
    return folder / "article.md"


@settings(max_examples=500, deadline=None)
@given(body=joined(MARKDOWN))
@example(body="<a href='java&#115;cript:x'>a</a> <b><a href='b'><i>c")
def test_any_markdown_is_clean_or_refused(source: Path, body: str) -> None:
    text = f"# T\n\n{body}"
    try:
        draft = parse(text, source)
    except UnreadableError as error:
        check_problems(error, text)
        return
    for piece in all_html(draft):
        check_html(piece)
    assert not NO_TEXT.search(repr(draft))
    defined = {reference.key for reference in draft.references}
    assert set(MARK.findall(repr(draft.sections))) <= defined


@settings(max_examples=300, deadline=None)
@given(front=joined(YAML))
def test_any_front_matter_is_read_or_refused(source: Path, front: str) -> None:
    text = f"---\n{front}\n---\n# T\n"
    try:
        draft = parse(text, source)
    except UnreadableError as error:
        check_problems(error, text)
    else:
        assert draft.title
        assert not NO_TEXT.search(repr(draft))


@settings(max_examples=200, deadline=None)
@given(data=st.binary() | st.text().map(str.encode))
@example(data=b"PK\x03\x04\x14\x00\x06\x00")
@example(data=b"\xff\xfe#\x00 \x00T\x00")
def test_any_bytes_are_read_or_refused(source: Path, data: bytes) -> None:
    path = source.with_name("any.md")
    path.write_bytes(data)
    try:
        draft = markdown.read(path, time_zone=ZONE)
    except UnreadableError as error:
        check_problems(error, data.decode("latin-1"))
    else:
        assert draft.title


def test_a_lone_surrogate_is_refused() -> None:
    assert lines("# T\n\n\ud800") == [3]


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(WITHOUT_LINKS) | st.none(), max_size=40))
def test_no_word_is_lost_or_doubled(pieces: list[str | None]) -> None:
    words = [f"word{number}s" for number in range(len(pieces))]
    parts = list(zip(pieces, words, strict=True))
    text = "".join(f"{word} " if piece is None else piece for piece, word in parts)
    # The words behind a fence name a language, and are no text.
    assume(not re.search("(```|~~~)[^\n]*word", text))
    try:
        said = repr(parse(f"# T\n\n{text}"))
    except UnreadableError:
        return
    for piece, word in parts:
        assert said.count(word) == (piece is None), text


@pytest.mark.parametrize("unit", REPEATED)
def test_endless_repetition_ends(source: Path, unit: str) -> None:
    body = unit * (60_000 // len(unit))
    start = monotonic()
    with suppress(UnreadableError):
        parse(f"# T\n\n{body}", source)
    # What grows with the square of the length takes minutes here.
    assert monotonic() - start < 20


@pytest.mark.parametrize("unit", ["> ", "- ", ">", "1. ", "> - ", "[^a]: "])
def test_what_is_nested_too_deeply_to_be_read_is_a_problem(unit: str) -> None:
    assert 3 in lines(f"# T\n\n{unit * 10_000}word")


def test_what_is_nested_as_deeply_as_people_write_is_read() -> None:
    items = "\n".join("  " * depth + f"- word{depth}" for depth in range(8))
    assert html(items).count("<ul>") == 8


def test_two_million_brackets_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "article.md"
    path.write_text("[" * 2_000_000)
    start = monotonic()
    with pytest.raises(UnreadableError, match="longer than 100,000"):
        markdown.read(path, time_zone=ZONE)
    assert monotonic() - start < 5
