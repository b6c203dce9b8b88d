import pytest

from articles.importing import rich_text
from articles.importing.rich_text import RichTextWriter


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>a &lt;b&gt; &amp; <b>c</b></p>", "a <b> & c"),
        ("<p>a<br/>b</p><p>c</p>", "a\nb\n\nc"),
        (
            "<h3>a</h3><ul><li>b<ol><li>c</li></ol></li><li>d</li></ul>",
            "a\n- b\n- c\n- d",
        ),
        ('<p><a href="/&quot;&lt;b&gt;">a</a>[^b]</p>', "a[^b]"),
        ("", ""),
    ],
)
def test_plain_text_keeps_lines_and_marks(html: str, plain: str) -> None:
    assert rich_text.plain(html) == plain


@pytest.mark.parametrize(
    ("html", "inline"),
    [
        ("<p>a</p>", "a"),
        ("<p>a<br/><b>b</b></p><p>c</p>", "a<br/><b>b</b><br/>c"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul><p>c</p>", "a<br/>b<br/>c"),
        ("", ""),
    ],
)
def test_inline_text_has_no_blocks(html: str, inline: str) -> None:
    assert rich_text.inline(html) == inline


def test_boxes_have_bold_paragraphs_for_headings() -> None:
    assert rich_text.without_headings("<h3>a</h3><p>b</p>") == "<p><b>a</b></p><p>b</p>"


def test_headings_lose_their_marks() -> None:
    assert rich_text.without_marks(" a[^b]  c [^d]") == "a c"


def test_a_mark_leaves_the_link_it_stands_in() -> None:
    writer = RichTextWriter()
    writer.start("a", "https://a.org")
    writer.text("b")
    writer.mark("c")
    writer.text("d")
    assert writer.result() == (
        '<p><a href="https://a.org">b</a>[^c]<a href="https://a.org">d</a></p>'
    )


def test_text_cannot_pass_for_a_mark_or_a_tag() -> None:
    writer = RichTextWriter()
    writer.text("[")
    writer.text("^a] <script>")
    assert writer.result() == "<p>[\u2060^a] &lt;script&gt;</p>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x",
        " javascript:x",
        "java\nscript:x",
        "JAVASCRIPT:x",
        "data:x",
        "http://[",
    ],
)
def test_an_address_that_may_not_be_linked_leaves_the_text(address: str) -> None:
    writer = RichTextWriter()
    writer.start("a", address)
    writer.text("b")
    writer.end("a")
    assert writer.result() == "<p>b</p>"


def test_tags_in_any_order_end_well_formed() -> None:
    writer = RichTextWriter()
    for tag in ["li", "ul", "b", "ol", "i", "h2"]:
        writer.end(tag)
        writer.start(tag)
        writer.text(tag)
    assert writer.result() == (
        "<p>li</p><ul><li>ul<b>b</b><ol><li><b>ol<i>i</i></b><br/>"
        "<b><b><i>h2</i></b></b></li></ol></li></ul>"
    )


def test_lists_too_deep_to_show_keep_their_text() -> None:
    writer = RichTextWriter()
    for depth in range(30):
        writer.start("ul")
        writer.start("li")
        writer.text(f"item{depth}.")
    for _ in range(30):
        writer.end("li")
        writer.end("ul")
    writer.text("after")
    html = writer.result()
    assert html.count("<ul>") == html.count("</ul>") == 10
    assert all(f"item{depth}." in html for depth in range(30))
    assert html.endswith("</ul><p>after</p>")


def test_white_space_is_kept_only_where_it_matters() -> None:
    writer = RichTextWriter()
    writer.text(" a \n ")
    writer.start("b")
    writer.text(" b ")
    writer.end("b")
    writer.line_break()
    writer.start("pre")
    writer.text("x  y\n\tz\n")
    assert writer.result() == "<p>a <b>b</b></p><p>x\xa0\xa0y<br/>\xa0\xa0\xa0\xa0z</p>"
