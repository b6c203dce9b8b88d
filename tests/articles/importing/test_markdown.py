from collections.abc import Callable
from pathlib import Path

import pytest

from articles.importing import markdown
from articles.importing.draft import (
    ArticleDraft,
    Picture,
    RichText,
    Section,
    UnreadableError,
)
from tests.articles.importing.reading import (
    ZONE,
    article_with_pictures,
    html,
    lines,
    parse,
    problems,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return article_with_pictures(tmp_path)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., ArticleDraft]:
    def read(data: bytes, max_bytes: int = 2_000_000) -> ArticleDraft:
        path = tmp_path / "article.md"
        path.write_bytes(data)
        return markdown.read(path, time_zone=ZONE, max_bytes=max_bytes)

    return read


@pytest.mark.parametrize(
    "data",
    [
        b"# Title\n\nText.\n",
        b"\xef\xbb\xbf# Title\n\nText.\n",
        b"# Title\r\n\r\nText.\r\n",
        b"# Title\r\rText.",
        b"\xef\xbb\xbf---\r\ntitle: Title\r\n---\r\nText.\r\n",
        b"\n\n# Title\n\nText.",
        b"Title\n=====\n\nText.",
    ],
)
def test_text_is_read_whatever_its_line_ends(
    read: Callable[..., ArticleDraft], data: bytes
) -> None:
    draft = read(data)
    assert draft.title == "Title"
    assert [section.blocks for section in draft.sections] == [
        (RichText("<p>Text.</p>"),)
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", None),
        (b"\xef\xbb\xbf", None),
        (b" \n\n", None),
        (b"# Title\n\nCaf\xe9", 3),
        (b"# Title\r\n\r\n\r\n\xff", 4),
        (b"# Title\n\nnul\0byte", 3),
        ("# Title".encode("utf-16"), 1),
        (b"---\ntitle: x\n", 1),
        (b"No title", 1),
        (b"---\nslug: a\n---\nNo title", 1),
        (b"#\n\nNo title", 1),
        (b"# Title\n\n" + b"x" * 100_001, 3),
    ],
)
def test_a_file_that_is_no_article_is_refused(
    read: Callable[..., ArticleDraft], data: bytes, line: int | None
) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(data)
    assert [problem.line for problem in caught.value.problems] == [line]


def test_a_file_may_be_as_large_as_allowed_and_no_larger(
    read: Callable[..., ArticleDraft],
) -> None:
    assert read(b"# T", max_bytes=3).title == "T"
    with pytest.raises(UnreadableError, match="larger than 2 bytes"):
        read(b"# T", max_bytes=2)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in [tmp_path / "missing.md", tmp_path]:
        with pytest.raises(UnreadableError):
            markdown.read(path, time_zone=ZONE)


def test_all_problems_are_found_at_once_and_in_order() -> None:
    text = (
        "---\ntitle: T\nviews: many\nodd: 1\n---\n\n"
        "Text[^none]\n\n##\n\n![x](gone.png)\n\n[^twice]: a\n\n[^twice]: b\n"
    )
    assert lines(text) == [3, 4, 7, 9, 11, 15]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *skin* `x`[^a]\n\n[^a]: A", "The skin x"),
        ("---\n---\n# The skin", "The skin"),
        ("---\ntitle: The skin\n---\n", "The skin"),
        ("<!-- for the editor -->\n\n# The skin", "The skin"),
        ("---\n\n# A rule is no title\n\n---\n# The skin", "The skin"),
    ],
)
def test_the_title_comes_from_front_matter_or_the_first_heading(
    text: str, title: str
) -> None:
    draft = parse(text)
    assert draft.title == title
    assert draft.sections == ()


def test_a_heading_that_repeats_the_given_title_is_dropped() -> None:
    draft = parse("---\ntitle: The  Skin\n---\n# THE skin\n\nText.")
    assert draft.title == "The Skin"
    assert [section.heading for section in draft.sections] == [""]


def test_other_first_level_headings_are_sections() -> None:
    draft = parse("---\ntitle: A\n---\n# B\n\nText.\n\n# A\n")
    assert [section.heading for section in draft.sections] == ["B", "A"]


def test_text_above_the_only_title_is_a_problem_there() -> None:
    assert problems("Text.\n\n# Late") == [
        (3, "The title must stand above all other text.")
    ]


@pytest.mark.parametrize("length", [255, 256])
def test_a_title_from_a_heading_has_a_longest_length(length: int) -> None:
    text = "\n# " + "x" * length
    assert parse(text).title if length == 255 else lines(text) == [2]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Why sleep matters", "why-sleep-matters"),
        ("  Ärzte & Pflege: Öl?  ", "arzte-pflege-ol"),
        ("A -- b __ c_", "a-b-__-c"),
        ("Vitamin B₁₂", "vitamin-b12"),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_slug_is_made_of_the_title(title: str, slug: str) -> None:
    assert parse(f"# {title}").slug == slug


def test_a_title_that_gives_no_slug_needs_one() -> None:
    assert lines("# ???") == [1]
    assert parse("---\nslug: sleep\n---\n# ???").slug == "sleep"


def test_second_level_headings_start_sections_with_their_lines() -> None:
    draft = parse("---\ntitle: T\n---\n\nOpening.\n\n## One\n\n## Two\n\nText.")
    assert draft.sections == (
        Section("", (RichText("<p>Opening.</p>"),)),
        Section("One", (), line=7),
        Section("Two", (RichText("<p>Text.</p>"),), line=9),
    )


def test_an_empty_opening_is_left_out() -> None:
    assert [s.heading for s in parse("# T\n\n---\n\n## One").sections] == ["One"]


def test_headings_are_plain_and_without_marks() -> None:
    text = "# T\n\n## A *b* [c](https://d.org) & `e`[^f]\n\n[^f]: Foot."
    assert parse(text).sections[0].heading == "A b c & e"


def test_marks_in_headings_still_need_a_footnote() -> None:
    assert lines("# T\n\n## A[^gone]") == [3]


@pytest.mark.parametrize("heading", ["##", "## ##", "## [^a]", "## <b></b>"])
def test_an_empty_heading_is_a_problem(heading: str) -> None:
    assert lines(f"# T\n\n{heading}\n\n[^a]: A") == [3]


def test_lower_headings_are_text() -> None:
    assert html("### A\n\n#### B *c*\n\n###### D[^a]\n\n###\n\n[^a]: A") == (
        "<h3>A</h3><h3>B <i>c</i></h3><h3>D[^a]</h3>"
    )


def test_pictures_in_headings_come_first_in_their_section(source: Path) -> None:
    text = "# ![x](arm.png) T\n\nA.\n\n## B ![y](arm.png)\n\nC."
    draft = parse(text, source)
    assert draft.title == "T"
    for section in draft.sections:
        assert [type(block) for block in section.blocks] == [Picture, RichText]
