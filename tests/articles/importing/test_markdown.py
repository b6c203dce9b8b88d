from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from articles.importing import markdown
from articles.importing.draft import (
    ArticleDraft,
    Callout,
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
    UnreadableError,
)

ZONE = ZoneInfo("Europe/Berlin")
NOWHERE = Path("/nonexistent/article.md")


def parse(text: str, source: Path = NOWHERE) -> ArticleDraft:
    return markdown.parse(text, source=source, time_zone=ZONE)


def blocks(body: str, source: Path = NOWHERE) -> tuple[DraftBlock, ...]:
    """What stands in the opening section of an article with this body."""
    sections = parse(f"# Title\n\n{body}", source).sections
    return sections[0].blocks if sections else ()


def html(body: str) -> str:
    """The rich text that an article with this body consists of."""
    found = blocks(body)
    assert all(isinstance(block, RichText) for block in found), found
    assert len(found) <= 1, found
    return "".join(block.html for block in found if isinstance(block, RichText))


def problems(text: str, source: Path = NOWHERE) -> list[tuple[int | None, str]]:
    with pytest.raises(UnreadableError) as caught:
        parse(text, source)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def lines(text: str, source: Path = NOWHERE) -> list[int | None]:
    return [line for line, _ in problems(text, source)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An article with two pictures beside it, and one that it must not reach."""
    folder = tmp_path / "articles"
    (folder / "more").mkdir(parents=True)
    for name in ["arm.png", "more/a leg.jpg", "../secret.png"]:
        (folder / name).write_bytes(b"picture")
    return folder / "article.md"


class TestFile:
    @pytest.fixture
    def read(self, tmp_path: Path) -> Callable[..., ArticleDraft]:
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
        self, read: Callable[..., ArticleDraft], data: bytes
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
        self, read: Callable[..., ArticleDraft], data: bytes, line: int | None
    ) -> None:
        with pytest.raises(UnreadableError) as caught:
            read(data)
        assert [problem.line for problem in caught.value.problems] == [line]

    def test_a_file_may_be_as_large_as_allowed_and_no_larger(
        self, read: Callable[..., ArticleDraft]
    ) -> None:
        assert read(b"# T", max_bytes=3).title == "T"
        with pytest.raises(UnreadableError, match="larger than 2 bytes"):
            read(b"# T", max_bytes=2)

    def test_a_missing_file_and_a_folder_are_unreadable(self, tmp_path: Path) -> None:
        for path in [tmp_path / "missing.md", tmp_path]:
            with pytest.raises(UnreadableError):
                markdown.read(path, time_zone=ZONE)

    def test_all_problems_are_found_at_once_and_in_order(self) -> None:
        text = (
            "---\ntitle: T\nviews: many\nodd: 1\n---\n\n"
            "Text[^none]\n\n##\n\n![x](gone.png)\n\n[^twice]: a\n\n[^twice]: b\n"
        )
        assert lines(text) == [3, 4, 7, 9, 11, 15]


class TestTitleAndSlug:
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
        self, text: str, title: str
    ) -> None:
        draft = parse(text)
        assert draft.title == title
        assert draft.sections == ()

    def test_a_heading_that_repeats_the_given_title_is_dropped(self) -> None:
        draft = parse("---\ntitle: The  Skin\n---\n# THE skin\n\nText.")
        assert draft.title == "The Skin"
        assert [section.heading for section in draft.sections] == [""]

    def test_other_first_level_headings_are_sections(self) -> None:
        draft = parse("---\ntitle: A\n---\n# B\n\nText.\n\n# A\n")
        assert [section.heading for section in draft.sections] == ["B", "A"]

    def test_text_above_the_only_title_is_a_problem_there(self) -> None:
        assert problems("Text.\n\n# Late") == [
            (3, "The title must stand above all other text.")
        ]

    @pytest.mark.parametrize("length", [255, 256])
    def test_a_title_from_a_heading_has_a_longest_length(self, length: int) -> None:
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
    def test_a_slug_is_made_of_the_title(self, title: str, slug: str) -> None:
        assert parse(f"# {title}").slug == slug

    def test_a_title_that_gives_no_slug_needs_one(self) -> None:
        assert lines("# 睡眠") == [1]
        assert parse("---\nslug: sleep\n---\n# 睡眠").slug == "sleep"


class TestSections:
    def test_second_level_headings_start_sections_with_their_lines(self) -> None:
        draft = parse("---\ntitle: T\n---\n\nOpening.\n\n## One\n\n## Two\n\nText.")
        assert draft.sections == (
            Section("", (RichText("<p>Opening.</p>"),)),
            Section("One", (), line=7),
            Section("Two", (RichText("<p>Text.</p>"),), line=9),
        )

    def test_an_empty_opening_is_left_out(self) -> None:
        assert [s.heading for s in parse("# T\n\n---\n\n## One").sections] == ["One"]

    def test_headings_are_plain_and_without_marks(self) -> None:
        text = "# T\n\n## A *b* [c](https://d.org) & `e`[^f]\n\n[^f]: Foot."
        assert parse(text).sections[0].heading == "A b c & e"

    def test_marks_in_headings_still_need_a_footnote(self) -> None:
        assert lines("# T\n\n## A[^gone]") == [3]

    @pytest.mark.parametrize("heading", ["##", "## ##", "## [^a]", "## <b></b>"])
    def test_an_empty_heading_is_a_problem(self, heading: str) -> None:
        assert lines(f"# T\n\n{heading}\n\n[^a]: A") == [3]

    def test_lower_headings_are_text(self) -> None:
        assert html("### A\n\n#### B *c*\n\n###### D[^a]\n\n###\n\n[^a]: A") == (
            "<h3>A</h3><h3>B <i>c</i></h3><h3>D[^a]</h3>"
        )

    def test_pictures_in_headings_come_first_in_their_section(
        self, source: Path
    ) -> None:
        text = "# ![x](arm.png) T\n\nA.\n\n## B ![y](arm.png)\n\nC."
        draft = parse(text, source)
        assert draft.title == "T"
        for section in draft.sections:
            assert [type(block) for block in section.blocks] == [Picture, RichText]


class TestRichText:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("One\ntwo.\n\nThree.", "<p>One two.</p><p>Three.</p>"),
            ("**b** __b__ *i* _i_", "<p><b>b</b> <b>b</b> <i>i</i> <i>i</i></p>"),
            ("***both***", "<p><i><b>both</b></i></p>"),
            ("~~struck~~ out", "<p>struck out</p>"),
            ("hard  \nbreak\\\nhere", "<p>hard<br/>break<br/>here</p>"),
            ("`a < b` & c", "<p>a &lt; b &amp; c</p>"),
            ("A.\n\n---\n\n***\n\nB.", "<p>A.</p><p>B.</p>"),
            (
                "```sh\na  b\n  c\n\nd\n```",
                "<p>a\xa0\xa0b<br/>\xa0\xa0c<br/><br/>d</p>",
            ),
            ("    a <b>\n\tc", "<p>a &lt;b&gt;<br/>c</p>"),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
            ("3. a\n4. b", "<ol><li>a</li><li>b</li></ol>"),
            ("- a\n\n  b\n- c", "<ul><li>a<br/>b</li><li>c</li></ul>"),
            (
                "- a\n  1. b\n     - c\n- d",
                "<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>",
            ),
            ("- # h\n- > q\n-\n", "<ul><li><b>h</b></li><li>q</li></ul>"),
            ("1. a\n\n   ```\n   x\n   ```", "<ol><li>a<br/>x</li></ol>"),
            (
                "A.\n\n- b\n\n### C\n\nD.",
                "<p>A.</p><ul><li>b</li></ul><h3>C</h3><p>D.</p>",
            ),
            ("“q” &copy; &#8212; é", "<p>“q” © — é</p>"),
        ],
    )
    def test_running_text_is_one_block_in_the_stored_form(
        self, body: str, expected: str
    ) -> None:
        assert html(body) == expected

    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            ("[a](https://b.org/c?d=1&e=2 'title')", "https://b.org/c?d=1&amp;e=2"),
            ("[a](http://b.org)", "http://b.org"),
            ("[a](mailto:a@b.org)", "mailto:a@b.org"),
            ("[a](tel:+49-30-1)", "tel:+49-30-1"),
            ("[a](#part)", "#part"),
            ("[a](/path/)", "/path/"),
            ("[a](../other.md)", "../other.md"),
            ("[a][ref]\n\n[ref]: https://b.org", "https://b.org"),
        ],
    )
    def test_links_that_lead_somewhere_are_kept(self, link: str, expected: str) -> None:
        assert html(link) == f'<p><a href="{expected}">a</a></p>'

    @pytest.mark.parametrize(
        "link",
        [
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](javascript&#58;alert(1))",
            "[a](javascript&colon;alert(1))",
            "[a](vbscript:x)",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "[a](data:image/png;base64,AAAA)",
            "[a](file:///etc/passwd)",
            "[a](ftp://b.org)",
            "[a][r]\n\n[r]: javascript:alert(1)",
            '<a href="javascript:alert(1)">a</a>',
            "<a href='java&#10;script:alert(1)'>a</a>",
            "<a href=javascript&#58;alert(1)>a</a>",
            "<a href=&#x20;javascript:alert(1)>a</a>",
            "<a name='x'>a</a>",
            "[a]()",
        ],
    )
    def test_other_links_leave_only_their_text(self, link: str) -> None:
        assert html(link) == "<p>a</p>"

    def test_a_scheme_with_a_tab_in_it_is_no_scheme(self) -> None:
        assert html("[a](<java\tscript:x>)") == '<p><a href="java%09script:x">a</a></p>'

    def test_autolinks_are_links(self) -> None:
        assert html("<https://b.org> <a@b.org>") == (
            '<p><a href="https://b.org">https://b.org</a> '
            '<a href="mailto:a@b.org">a@b.org</a></p>'
        )


class TestRawHtml:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (
                "<b>b</b> <strong>s</strong> <em>e</em>",
                "<p><b>b</b> <b>s</b> <i>e</i></p>",
            ),
            ("H<sub>2</sub>O x<sup>2</sup>", "<p>H<sub>2</sub>O x<sup>2</sup></p>"),
            ("a<br>b<BR />c", "<p>a<br/>b<br/>c</p>"),
            ("<del>a</del> <s>b</s> <u>c</u>", "<p>a b c</p>"),
            ('<span style="color:red" onclick="x()">a</span>', "<p>a</p>"),
            ("<p class=x>a</p>\n<h2>b</h2>", "<p>a</p><h3>b</h3>"),
            (
                '<a href="https://b.org" target=_blank rel=x onclick="y()">a</a>',
                '<p><a href="https://b.org">a</a></p>',
            ),
            ("a <script>alert('x')</script>b", "<p>a b</p>"),
            ("<script>\n\nalert(1)\n\n</script>\n\na", "<p>a</p>"),
            ("<div><style>p{}</style>a</div>", "<p>a</p>"),
            ("<SCRIPT>x</SCRIPT >a", "<p>a</p>"),
            ("a <script src=x />b", "<p>a b</p>"),
            ("<svg onload=alert(1)><circle/></svg>a", "<p>a</p>"),
            ("a <!-- hidden --> b", "<p>a b</p>"),
            ("<!-- hidden\n\nstill hidden -->\n\na", "<p>a</p>"),
            ("<b>open\n\nnext", "<p><b>open</b></p><p>next</p>"),
            ("<b><i>x</b>y</i>z", "<p><b><i>x</i></b><i>y</i>z</p>"),
            ("</p></div></ul>a", "<p>a</p>"),
            ("<<b>b>script>a", "<p>&lt;<b>b&gt;script&gt;a</b></p>"),
            ("&lt;script&gt;a", "<p>&lt;script&gt;a</p>"),
            ("<div>&lt;script&gt;a</div>", "<p>&lt;script&gt;a</p>"),
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            (
                "<div>a</div>\n\n**b**\n\n<div>c</div>",
                "<p>a</p><p><b>b</b></p><p>c</p>",
            ),
            (
                "<ul>\n<li>a</li>\n\n<li>b</li>\n</ul>\n\nc",
                "<ul><li>a</li><li>b</li></ul><p>c</p>",
            ),
            ("<li>a</li>", "<p>a</p>"),
            (
                "<ul>a<ol>b<li>c</ul>d",
                "<ul><li>a<ol><li>b</li><li>c</li></ol></li></ul><p>d</p>",
            ),
            (
                "<table><tr><th>a<th>b</tr><tr><td>c<td>d</table>",
                "<p>a | b</p><p>c | d</p>",
            ),
            ("<pre>a\n  b</pre>", "<p>a<br/>\xa0\xa0b</p>"),
            ("<details><summary>a</summary>b</details>", "<p>a</p><p>b</p>"),
            (
                '<iframe src="https://v.org/1" title="Film" onload=x></iframe>a',
                '<p><a href="https://v.org/1">Film</a>a</p>',
            ),
            ("<iframe src='javascript:x'>b</iframe>a", "<p>a</p>"),
            ("<div>x[^a]</div>\n\n[^a]: A", "<p>x[^a]</p>"),
            (
                "<a href='https://b.org/\"><b>'>a</a>",
                '<p><a href="https://b.org/&quot;%3E%3Cb%3E">a</a></p>',
            ),
        ],
    )
    def test_html_becomes_what_an_article_may_hold(
        self, body: str, expected: str
    ) -> None:
        assert html(body) == expected

    @pytest.mark.parametrize(
        "body",
        ["<!-- never ends\n\na", "<script>\n\na", "a <style>b\n\nc", "<b <script>a"],
    )
    def test_what_would_swallow_the_text_is_a_problem(self, body: str) -> None:
        found = problems(f"# T\n\n{body}")
        assert [line for line, _ in found] == [3]
        assert found[0][1].endswith("never closed.")

    def test_pictures_in_html_are_pictures(self, source: Path) -> None:
        body = 'a\n<img src="arm.png" alt="An arm" title="Cap" onerror="x()">'
        picture = Picture(source.parent / "arm.png", "An arm", "Cap", line=4)
        assert blocks(body, source) == (RichText("<p>a</p>"), picture)
        assert blocks(f"<figure>\n{body[2:]}\n</figure>", source) == (picture,)

    def test_a_picture_in_html_must_be_there_too(self) -> None:
        assert lines("# T\n\na\n\n<div>\n<img src=x onerror=alert(1)>\n</div>") == [6]


class TestPictures:
    def test_a_paragraph_of_one_picture_is_a_picture(self, source: Path) -> None:
        body = 'Before.\n\n![An *arm*](arm.png "What to  see")\n\nAfter.'
        assert blocks(body, source) == (
            RichText("<p>Before.</p>"),
            Picture(source.parent / "arm.png", "An arm", "What to see", line=5),
            RichText("<p>After.</p>"),
        )

    @pytest.mark.parametrize(
        "address",
        [
            "more/a%20leg.jpg",
            "<more/a leg.jpg>",
            "./more/a%20leg.jpg",
            "more/../more/a%20leg.jpg",
        ],
    )
    def test_the_file_is_found_however_it_is_written(
        self, source: Path, address: str
    ) -> None:
        assert blocks(f"![]({address})", source) == (
            Picture(source.parent / "more/a leg.jpg", line=3),
        )

    @pytest.mark.parametrize(
        "address",
        [
            "https://example.org/arm.png",
            "http://example.org/arm.png",
            "//example.org/arm.png",
            "data:image/png;base64,AAAA",
            "data:text/html,x",
            "javascript:alert(1)",
            "file:arm.png",
            "/etc/passwd",
            "%2Fetc/passwd",
            "../secret.png",
            "more/../../secret.png",
            "%2e%2e/secret.png",
            "~/secret.png",
        ],
    )
    def test_a_picture_from_elsewhere_is_a_problem(
        self, source: Path, address: str
    ) -> None:
        (found,) = problems(f"# T\n\nText\n![x]({address})", source)
        assert found[0] == 4
        assert found[1].startswith("Pictures must be files beside the article: ")

    @pytest.mark.parametrize(
        "address", ["gone.png", "more", ".", "%00", "a%00b.png", "x" * 300, "", "%20"]
    )
    def test_a_picture_that_is_no_file_is_a_problem(
        self, source: Path, address: str
    ) -> None:
        assert lines(f"# T\n\n![x]({address})", source) == [3]

    def test_a_link_out_of_the_folder_is_no_way_out(self, source: Path) -> None:
        (source.parent / "link.png").symlink_to(source.parent.parent / "secret.png")
        assert lines("# T\n\n![x](link.png)", source) == [3]

    def test_a_link_to_itself_is_a_missing_picture(self, source: Path) -> None:
        (source.parent / "loop.png").symlink_to(source.parent / "loop.png")
        assert lines("# T\n\n![x](loop.png)", source) == [3]

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("A ![x](arm.png) b.\n\nC.", ["<p>A b.</p>", "x", "<p>C.</p>"]),
            ("![x](arm.png)\n![y](arm.png)", ["x", "y"]),
            (
                "- a\n- b ![x](arm.png)\n\nC.",
                ["<ul><li>a</li><li>b</li></ul>", "x", "<p>C.</p>"],
            ),
            ("### H ![x](arm.png)\n\nC.", ["<h3>H</h3>", "x", "<p>C.</p>"]),
            ("*a ![x](arm.png)*", ["<p><i>a</i></p>", "x"]),
            ("![x][ref]\n\n[ref]: arm.png", ["x"]),
            ("[![x](arm.png)](more/a%20leg.jpg)", ["x"]),
            (
                "[![x](arm.png)](https://b.org)",
                ['<p><a href="https://b.org">x</a></p>', "x"],
            ),
            (
                "[a ![x](arm.png)](https://b.org)",
                ['<p><a href="https://b.org">a</a></p>', "x"],
            ),
            (
                "[![](arm.png)](https://b.org)",
                ['<p><a href="https://b.org">https://b.org</a></p>', ""],
            ),
        ],
    )
    def test_a_picture_inside_text_stands_directly_after_it(
        self, source: Path, body: str, expected: list[str]
    ) -> None:
        assert expected == [
            block.html if isinstance(block, RichText) else block.description
            for block in blocks(body, source)
            if isinstance(block, RichText | Picture)
        ]

    def test_its_line_is_its_own(self, source: Path) -> None:
        body = "a\nb ![x](arm.png)\n![y](arm.png)\n\n> q\n> ![z](arm.png)"
        found = [b.line for b in blocks(body, source) if isinstance(b, Picture)]
        assert found == [4, 5, 8]

    def test_pictures_leave_quotes_boxes_and_tables(self, source: Path) -> None:
        body = (
            "> Quote ![1](arm.png)\n\n> [!NOTE] T ![2](arm.png)\n> text ![3](arm.png)\n\n"
            "> [!STEPS]\n> - a ![4](arm.png)\n> - b\n\n> [!FAQ] Q?\n> A. ![5](arm.png)\n\n"
            "| a ![6](arm.png) |\n|---|\n| b ![7](arm.png) |\n\nTable: c ![8](arm.png)"
        )
        found = [
            block.description if isinstance(block, Picture) else type(block)
            for block in blocks(body, source)
        ]
        assert found == [
            *(Quote, "1", Callout, "3", "2", Steps, "4", Question, "5"),
            *(Table, "6", "7", "8"),
        ]

    def test_marks_beside_a_picture_join_its_caption(self, source: Path) -> None:
        body = '![x](arm.png "Cap")[^a] [^b]\n\n[^a]: A\n\n[^b]: B'
        (picture,) = blocks(body, source)
        assert isinstance(picture, Picture)
        assert picture.caption == "Cap [^a][^b]"

    def test_marks_in_captions_need_a_footnote(self, source: Path) -> None:
        assert lines('# T\n\n![x](arm.png "Cap[^gone]")', source) == [3]

    @pytest.mark.parametrize(
        ("image", "description"),
        [
            ("arm.png", "An arm"),
            ("./arm.png", "An arm"),
            ("more/a leg.jpg", ""),
            ("{file: arm.png}", ""),
            ("{file: arm.png, description: Mine}", "Mine"),
        ],
    )
    def test_the_main_picture_borrows_its_description_from_the_body(
        self, source: Path, image: str, description: str
    ) -> None:
        text = f"---\nimage: {image}\n---\n# T\n\n![](arm.png)\n\n![An arm](arm.png)"
        hero = parse(text, source).hero
        assert hero is not None
        assert hero.description == description

    def test_the_main_picture_has_all_it_is_given(self, source: Path) -> None:
        text = (
            "---\ntitle: T\nimage:\n  file: arm.png\n  description: D\n"
            "  caption: C\n  credit: Jo\n  licence: CC0\n---\n"
        )
        assert parse(text, source).hero == Picture(
            source.parent / "arm.png", "D", "C", "Jo", "CC0", line=4
        )

    @pytest.mark.parametrize("image", ["gone.png", "../secret.png", "{caption: x}"])
    def test_the_main_picture_must_be_beside_the_article(
        self, source: Path, image: str
    ) -> None:
        assert lines(f"---\ntitle: T\nimage: {image}\n---\n", source) == [3]


class TestTables:
    def test_cells_are_inline_html_and_headings_plain(self) -> None:
        body = (
            "Before.\n\n"
            "| *A* | B[^f] | |\n|:--|:-:|--:|\n"
            "| **x** | [y](https://z.org)[^f] | a \\| b |\n| 1 |\n\n"
            "After.\n\n[^f]: F"
        )
        assert blocks(body) == (
            RichText("<p>Before.</p>"),
            Table(
                ("A", "B[^f]", ""),
                (
                    ("<b>x</b>", '<a href="https://z.org">y</a>[^f]', "a | b"),
                    ("1", "", ""),
                ),
            ),
            RichText("<p>After.</p>"),
        )

    @pytest.mark.parametrize("gap", ["\n\n", "\n"])
    def test_a_paragraph_after_a_table_can_be_its_caption(self, gap: str) -> None:
        body = f"|a|b|\n|-|-|\n|1|2|{gap}Table: The *caption*[^f]\n\nText.\n\n[^f]: F"
        assert blocks(body) == (
            Table(("a", "b"), (("1", "2"),), "The caption[^f]"),
            RichText("<p>Text.</p>"),
        )

    def test_a_caption_without_a_table_is_text(self) -> None:
        assert html("Table: nothing") == "<p>Table: nothing</p>"

    def test_a_table_may_be_nothing_but_headings(self) -> None:
        assert blocks("|a|\n|-|") == (Table(("a",), ()),)

    def test_cells_without_a_heading_are_a_problem_and_not_lost(self) -> None:
        text = "---\ntitle: T\n---\n\n> |a|b|\n> |-|-|\n> |1|2|\n> |1|2|3|\n> 1|2||\n"
        assert lines(text) == [8, 9]

    def test_tables_leave_lists_and_boxes(self) -> None:
        body = "- a\n\n  |b|\n  |-|\n\n> [!NOTE]\n> c\n>\n> |d|\n> |-|"
        assert blocks(body) == (
            RichText("<ul><li>a</li></ul>"),
            Table(("b",), ()),
            Callout("good_to_know", "<p>c</p>"),
            Table(("d",), ()),
        )


class TestQuotes:
    @pytest.mark.parametrize(
        ("body", "quote"),
        [
            ("> One\n> two.", Quote("One two.")),
            ("> One\ntwo.", Quote("One two.")),
            ("> One *i* [l](https://x.org)[^f]", Quote("One i l[^f]")),
            ("> One.\n>\n> Two.", Quote("One.\n\nTwo.")),
            ("> One.\n> — Jo *Doe*[^f]", Quote("One.", "Jo Doe[^f]")),
            ("> One.\n>\n> -- Jo Doe", Quote("One.", "Jo Doe")),
            (
                "> One.\n>\n> Two\n> three.\n> – [Jo](https://x.org)",
                Quote("One.\n\nTwo three.", "Jo"),
            ),
            ("> One.  \n> — Jo", Quote("One.", "Jo")),
            ("> One.\n> *— Jo*", Quote("One.", "Jo")),
            ("> One\n> — two.\n> Three.", Quote("One — two. Three.")),
            ("> — One.", Quote("One.")),
            ("> One.\n> \\-- two", Quote("One. -- two")),
            ("> One:\n> - a\n> - b\n>   1. c", Quote("One:\n- a\n- b\n- c")),
            ("> # H\n> One.", Quote("H\n\nOne.")),
            ("> One.\n>\n> > Two.", Quote("One.\n\nTwo.")),
            (">     a < b", Quote("a < b")),
        ],
    )
    def test_a_quote_is_plain_and_may_name_its_source(
        self, body: str, quote: Quote
    ) -> None:
        assert blocks(f"{body}\n\n[^f]: F") == (quote,)

    def test_a_quote_of_nothing_is_left_out(self) -> None:
        assert blocks(">\n\na\n\n>") == (RichText("<p>a</p>"),)

    def test_a_quote_interrupts_the_text(self) -> None:
        found = blocks("a\n\n> b\n\nc")
        assert [type(block) for block in found] == [RichText, Quote, RichText]


class TestAlerts:
    @pytest.mark.parametrize(
        ("kinds", "urgency"),
        [
            ("NOTE INFO TIP note Tip", "good_to_know"),
            ("WARNING IMPORTANT ATTENTION warning", "see_a_clinician"),
            ("CAUTION DANGER ERROR EMERGENCY caution", "emergency"),
        ],
    )
    def test_known_types_have_their_urgency(self, kinds: str, urgency: str) -> None:
        for kind in kinds.split():
            (callout,) = blocks(f"> [!{kind}]\n> Text.")
            assert isinstance(callout, Callout)
            assert (callout.urgency, callout.title) == (urgency, "")

    @pytest.mark.parametrize(
        ("body", "callout"),
        [
            ("> [!NOTE]\n> A\n> b.", Callout("good_to_know", "<p>A b.</p>")),
            ("> [!NOTE]\n>\n> A.", Callout("good_to_know", "<p>A.</p>")),
            (
                "> [!NOTE] *T* t[^f]\n> A.",
                Callout("good_to_know", "<p>A.</p>", "T t[^f]"),
            ),
            ("> [!NOTE]- T\n> A.", Callout("good_to_know", "<p>A.</p>", "T")),
            ("> [!NOTE]+\n> A.", Callout("good_to_know", "<p>A.</p>")),
            ("> [!TIP|wide] T\n> A.", Callout("good_to_know", "<p>A.</p>", "T")),
            ("> [!NOTE] T **b**", Callout("good_to_know", "<p>T <b>b</b></p>")),
            (
                "> [!DID-YOU-KNOW]\n> A.",
                Callout("good_to_know", "<p>A.</p>", "Did you know"),
            ),
            ("> [!EXAMPLE] T\n> A.", Callout("good_to_know", "<p>A.</p>", "T")),
            (
                "> [!DANGER] T\n> ### H\n> - a[^f]\n>   1. b\n>\n> > c",
                Callout(
                    "emergency",
                    "<p><b>H</b></p><ul><li>a[^f]<ol><li>b</li></ol></li></ul><p>c</p>",
                    "T",
                ),
            ),
        ],
    )
    def test_a_callout_has_a_title_and_text(self, body: str, callout: Callout) -> None:
        assert blocks(f"{body}\n\n[^f]: F") == (callout,)

    @pytest.mark.parametrize(
        "body",
        [
            "> a\n> [!NOTE] b",
            "> [NOTE]\n> a",
            "> [!]\n> a",
            "> `[!NOTE]`\n> a",
            "> \\[!NOTE]",
        ],
    )
    def test_only_the_first_line_makes_an_alert(self, body: str) -> None:
        assert [type(block) for block in blocks(body)] == [Quote]

    @pytest.mark.parametrize("kind", ["SUMMARY", "ABSTRACT", "TLDR", "tldr"])
    def test_a_summary_has_its_points(self, kind: str) -> None:
        body = f"> [!{kind}] Short\n> - **a**[^f]\n> - b\n>   - c\n>\n>   d\n\n[^f]: F"
        points = KeyPoints(("<b>a</b>[^f]", "b<br/>c<br/>d"), "Short")
        assert blocks(body) == (points,)

    def test_a_summary_without_a_list_has_its_paragraphs(self) -> None:
        assert blocks("> [!SUMMARY]\n> A\n> b.\n>\n> *C.*") == (
            KeyPoints(("A b.", "<i>C.</i>")),
        )

    def test_what_surrounds_a_list_in_an_alert_stays_outside(self) -> None:
        assert blocks("> [!STEPS]\n> First\n> 1. a\n> 2. b\n>\n> Last") == (
            RichText("<p>First</p>"),
            Steps(("<p>a</p>", "<p>b</p>")),
            RichText("<p>Last</p>"),
        )

    def test_steps_are_the_items_of_the_list(self) -> None:
        body = "> [!STEPS] Do[^f]\n> 1. *a*\n>\n>    b\n> 2. c\n>    - d\n\n[^f]: F"
        steps = ("<p><i>a</i></p><p>b</p>", "<p>c</p><ul><li>d</li></ul>")
        assert blocks(body) == (Steps(steps, "Do[^f]"),)

    @pytest.mark.parametrize("kind", ["QUESTION", "HELP", "FAQ", "faq"])
    def test_a_question_is_the_title_or_the_first_paragraph(self, kind: str) -> None:
        question = Question(
            "Does *it* hurt?".replace("*", ""), "<p>No.</p><p>Not much.</p>"
        )
        titled = f"> [!{kind}] Does *it* hurt?\n> No.\n>\n> Not much."
        untitled = f"> [!{kind}]\n> Does *it* hurt?\n>\n> No.\n>\n> Not much."
        assert blocks(titled) == blocks(untitled) == (question,)

    @pytest.mark.parametrize(
        "body",
        [
            "> [!NOTE]",
            "> [!ODD]\n>",
            "> [!STEPS] Title",
            "> [!SUMMARY]",
            "> [!FAQ] Why?",
            "> [!FAQ]\n> Why?",
            "> [!FAQ]\n> - Why?",
        ],
    )
    def test_a_box_that_says_nothing_is_a_problem(self, body: str) -> None:
        assert lines(f"# T\n\n{body}") == [3]

    def test_a_box_with_only_a_picture_is_a_problem(self, source: Path) -> None:
        assert lines("# T\n\n> [!DANGER]\n> ![x](arm.png)", source) == [3]

    def test_alerts_leave_what_they_stand_in(self) -> None:
        body = "- a\n  > [!DANGER]\n  > b\n- c\n\n> [!NOTE]\n> d\n> > [!TIP]\n> > e"
        assert blocks(body) == (
            RichText("<ul><li>a</li><li>c</li></ul>"),
            Callout("emergency", "<p>b</p>"),
            Callout("good_to_know", "<p>d</p>"),
            Callout("good_to_know", "<p>e</p>"),
        )


class TestFootnotes:
    def test_marks_stay_everywhere_and_definitions_become_references(self) -> None:
        text = (
            "# T\n\nText[^b] and [*link*[^a]](https://x.org).\n\n"
            "[^a]: First *a*\n    goes on\n\n    and on.\n\n"
            "[^b]: Second.\n[^unused]: Third.\n\nMore[^a][^b]."
        )
        draft = parse(text)
        assert draft.sections[0].blocks == (
            RichText(
                '<p>Text[^b] and <a href="https://x.org"><i>link</i></a><i>[^a]</i>.</p>'
                "<p>More[^a][^b].</p>"
            ),
        )
        assert draft.references == (
            Reference("a", "First <i>a</i> goes on and on.", line=5),
            Reference("b", "Second.", line=10),
            Reference("unused", "Third.", line=11),
        )

    @pytest.mark.parametrize(
        "body",
        [
            "Text[^x]",
            "- item\n  - [^x]",
            "### Heading[^x]",
            "> Quote[^x]",
            "> Quote\n> — Jo[^x]",
            "> [!NOTE] Title[^x]\n> Text",
            "> [!STEPS]\n> - a[^x]",
            "> [!FAQ] Q[^x]\n> A",
            "| a[^x] |\n|---|",
            "| a |\n|---|\n| b[^x] |",
            "| a |\n|---|\n\nTable: c[^x]",
            "[link[^x]](https://x.org)",
            "**bold[^x]**",
            "<div>[^x]</div>",
            "[^x](https://x.org)",
            "^[note[^x]]",
            "[^y]: see[^x]",
        ],
    )
    def test_a_mark_anywhere_needs_a_definition(self, body: str) -> None:
        expected = 3 + body.count("\n", 0, body.index("[^x"))
        assert problems(f"# T\n\n{body}") == [(expected, "There is no footnote [^x].")]
        parse(f"# T\n\n{body}\n\n[^x]: Now there is.")

    def test_each_mark_without_definition_has_its_line(self) -> None:
        assert lines("# T\n\na\nb[^x]\nc[^y]\n\n|a|\n|-|\n|[^z]|") == [4, 5, 9]

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("`[^x]`", "<p>[\u2060^x]</p>"),
            ("```\n[^x]\n```", "<p>[\u2060^x]</p>"),
            ("    [^x]", "<p>[\u2060^x]</p>"),
            ("\\[^x]", "<p>[\u2060^x]</p>"),
            ("[&#94;x]", "<p>[\u2060^x]</p>"),
            ("&#91;^x]", "<p>[\u2060^x]</p>"),
            ("[^ x]", "<p>[\u2060^ x]</p>"),
            ("<pre>[&#94;x]</pre>", "<p>[\u2060^x]</p>"),
        ],
    )
    def test_what_only_looks_like_a_mark_cannot_become_one(
        self, body: str, expected: str
    ) -> None:
        assert html(body) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "[^a]: A\n\n[^a]: B",
            "---\ntitle: T\nreferences: [{key: a, text: A}]\n---\n[^a]: B",
            "---\ntitle: T\nreferences:\n- {key: a, text: A}\n- {key: a, text: B}\n---\n",
        ],
    )
    def test_a_key_defined_twice_is_a_problem(self, text: str) -> None:
        if not text.startswith("---"):
            text = f"# T\n\n{text}"
        (found,) = problems(text)
        assert found == (
            5,
            f"[^a] is defined already in line {3 if '[{' in text or '#' in text else 4}.",
        )

    @pytest.mark.parametrize(
        "body",
        [
            "[^a.b]: A",
            "[^a b]: A",
            "[^a b]: A and b",
            "[^ä]: A",
            "Text[^a.b].",
            "[^]: A",
        ],
    )
    def test_a_key_that_cannot_be_one_is_a_problem(self, body: str) -> None:
        found = problems(f"# T\n\n{body}")
        assert [line for line, _ in found] == [3]
        assert "letters, digits, - and _" in found[0][1]

    @pytest.mark.parametrize("key", ["1", "Smith-2005_b", "_", "-"])
    def test_keys_may_be_numbers_and_names(self, key: str) -> None:
        draft = parse(f"# T\n\nx[^{key}]\n\n[^{key}]: A")
        assert [reference.key for reference in draft.references] == [key]

    def test_notes_in_the_text_get_keys_of_their_own(self) -> None:
        text = (
            "# T\n\na^[One *i* [l](/x)]\n\n[^note-1]: Mine[^note-1]\n\n- b^[Two] `^[c]`"
        )
        draft = parse(text)
        assert draft.sections[0].blocks == (
            RichText("<p>a[^note-2]</p><ul><li>b[^note-3] ^[c]</li></ul>"),
        )
        assert draft.references == (
            Reference("note-2", 'One <i>i</i> <a href="/x">l</a>', line=3),
            Reference("note-1", "Mine[^note-1]", line=5),
            Reference("note-3", "Two", line=7),
        )

    def test_references_of_the_front_matter_come_first(self) -> None:
        text = (
            "---\ntitle: T\nreferences:\n- {key: b, text: 'B **b**', year: 1999}\n---\n"
            "x[^a][^b]\n\n[^a]: A"
        )
        assert parse(text).references == (
            Reference("b", "B <b>b</b>", year=1999, line=4),
            Reference("a", "A", line=8),
        )

    @pytest.mark.parametrize(
        "definition", ["[^a]:", "[^a]: <b></b>", "[^a]: ![x](arm.png)"]
    )
    def test_a_footnote_without_text_is_a_problem(
        self, source: Path, definition: str
    ) -> None:
        assert set(lines(f"# T\n\nx[^a]\n\n{definition}", source)) == {5}

    def test_a_footnote_inside_a_quote_or_list_counts_too(self) -> None:
        draft = parse("# T\n\n> a[^x]\n>\n> [^x]: X\n\n- b[^y]\n\n  [^y]: Y")
        assert [reference.key for reference in draft.references] == ["x", "y"]
        assert draft.sections[0].blocks == (
            Quote("a[^x]"),
            RichText("<ul><li>b[^y]</li></ul>"),
        )

    def test_identifiers_leave_the_text_of_a_reference(self) -> None:
        text = (
            "# T\n\n[^a]: Fernandes D. Minimally invasive *collagen* induction. "
            "Oral Maxillofac Surg. 2005;17(1):51-63. doi:10.1016/j.coms.2004.09.004. "
            "PMID: 18088764. <https://example.org/a>\n"
        )
        assert parse(text).references == (
            Reference(
                "a",
                "Fernandes D. Minimally invasive <i>collagen</i> induction. "
                "Oral Maxillofac Surg. 2005;17(1):51-63.",
                year=2005,
                doi="10.1016/j.coms.2004.09.004",
                pmid="18088764",
                url="https://example.org/a",
                line=3,
            ),
        )


MARKDOWN = st.lists(
    st.sampled_from(
        "# |## |### |> |- |1. |    |\n|\n\n|\t|`|```\n|**|_|~~|[|](|]|)|![|[^a]|[^a]: |^["
        "|<b>|</b>|<ul>|<li>|</ul>|<script>|</script>|<table>|<td>|<a href='x'>|</a>|<pre>"
        "|<!--|-->|<img src=x>|<h2>|</p>|\\|!|[!NOTE]|[!STEPS] |[!FAQ]|[!SUMMARY]|— me"
        "|Table: c|&#94;|&lt;|\xa0|---\n|title: |: |{|}|'|*x|&x |10.1000/a|(2005)|a|b c"
        "|\ufdd0|\u2028|\x0b|\x00|\ud800".split("|")
    )
    | st.just("|")
    | st.just("|-|-|\n")
    | st.text(max_size=4),
    max_size=40,
).map("".join)
NOT_STORED = frozenset("p h3 ul ol li b i sup sub br a".split())


def all_html(draft: ArticleDraft) -> Iterator[str]:
    for section in draft.sections:
        for block in section.blocks:
            match block:
                case RichText(html) | Callout(html=html) | Question(html=html):
                    yield html
                case Steps(texts) | KeyPoints(texts):
                    yield from texts
                case Table(rows=rows):
                    yield from (cell for row in rows for cell in row)
    yield from (reference.text for reference in draft.references)
