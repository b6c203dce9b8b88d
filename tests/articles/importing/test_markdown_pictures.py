from pathlib import Path

import pytest

from articles.importing.draft import (
    Callout,
    Picture,
    Question,
    Quote,
    RichText,
    Steps,
    Table,
)
from tests.articles.importing.reading import (
    article_with_pictures,
    blocks,
    lines,
    parse,
    problems,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return article_with_pictures(tmp_path)


def test_a_paragraph_of_one_picture_is_a_picture(source: Path) -> None:
    body = 'Before.\n\n![An *arm*](arm.png "What to  see")\n\nAfter.'
    assert blocks(body, source) == (
        RichText("<p>Before.</p>"),
        Picture(source.parent / "arm.png", "An arm", caption="What to see", line=5),
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
def test_the_file_is_found_however_it_is_written(source: Path, address: str) -> None:
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
        "https%3A//example.org/arm.png",
        "../secret.png",
        "more/../../secret.png",
        "%2e%2e/secret.png",
        "~/secret.png",
    ],
)
def test_a_picture_from_elsewhere_is_a_problem(source: Path, address: str) -> None:
    (found,) = problems(f"# T\n\nText\n![x]({address})", source)
    assert found[0] == 4
    assert found[1].startswith("Pictures must be files beside the article: ")


@pytest.mark.parametrize(
    "address", ["gone.png", "more", ".", "%00", "a%00b.png", "x" * 300, "", "%20"]
)
def test_a_picture_that_is_no_file_is_a_problem(source: Path, address: str) -> None:
    assert lines(f"# T\n\n![x]({address})", source) == [3]


def test_a_link_out_of_the_folder_is_no_way_out(source: Path) -> None:
    (source.parent / "link.png").symlink_to(source.parent.parent / "secret.png")
    assert lines("# T\n\n![x](link.png)", source) == [3]


def test_a_link_to_itself_is_a_missing_picture(source: Path) -> None:
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
    source: Path, body: str, expected: list[str]
) -> None:
    assert expected == [
        block.html if isinstance(block, RichText) else block.description
        for block in blocks(body, source)
        if isinstance(block, RichText | Picture)
    ]


def test_its_line_is_its_own(source: Path) -> None:
    body = "a\nb ![x](arm.png)\n![y](arm.png)\n\n> q\n> ![z](arm.png)"
    found = [b.line for b in blocks(body, source) if isinstance(b, Picture)]
    assert found == [4, 5, 8]


def test_pictures_leave_quotes_boxes_and_tables(source: Path) -> None:
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


def test_marks_beside_a_picture_join_its_caption(source: Path) -> None:
    body = '![x](arm.png "Cap")[^a] [^b]\n\n[^a]: A\n\n[^b]: B'
    (picture,) = blocks(body, source)
    assert isinstance(picture, Picture)
    assert picture.caption == "Cap [^a][^b]"


def test_marks_in_captions_need_a_footnote(source: Path) -> None:
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
    source: Path, image: str, description: str
) -> None:
    text = f"---\nimage: {image}\n---\n# T\n\n![](arm.png)\n\n![An arm](arm.png)"
    hero = parse(text, source).hero
    assert hero is not None
    assert hero.description == description


def test_the_main_picture_has_all_it_is_given(source: Path) -> None:
    text = (
        "---\ntitle: T\nimage:\n  file: arm.png\n  description: D\n"
        "  caption: C\n  credit: Jo\n  licence: CC0\n---\n"
    )
    assert parse(text, source).hero == Picture(
        source.parent / "arm.png",
        description="D",
        caption="C",
        credit="Jo",
        licence="CC0",
        line=4,
    )


def test_a_text_beside_a_picture_describes_it_at_length(source: Path) -> None:
    beside = source.parent / "arm.txt"
    beside.write_text("\ufeffAn arm, from the side.\n\nThe hand is open.\n")
    (picture,) = blocks("![An arm](arm.png)", source)
    assert isinstance(picture, Picture)
    assert picture.long_description == "An arm, from the side.\n\nThe hand is open."
    hero = parse("---\ntitle: T\nimage: arm.png\n---\n", source).hero
    assert hero is not None
    assert hero.long_description == picture.long_description


@pytest.mark.parametrize("text", [b"\xff\xfe\xff", b"x" * 3001])
def test_a_text_that_is_no_description_is_refused(source: Path, text: bytes) -> None:
    (source.parent / "arm.txt").write_bytes(text)
    assert lines("# T\n\n![An arm](arm.png)", source) == [3]


@pytest.mark.parametrize("image", ["gone.png", "../secret.png", "{caption: x}"])
def test_the_main_picture_must_be_beside_the_article(source: Path, image: str) -> None:
    assert lines(f"---\ntitle: T\nimage: {image}\n---\n", source) == [3]


def test_a_description_elsewhere_is_not_followed(source: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (source.parent / "arm.txt").symlink_to(secret)
    assert lines("# T\n\n![An arm](arm.png)", source) == [3]
