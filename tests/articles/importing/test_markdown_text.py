from pathlib import Path

import pytest

from articles.importing.draft import Picture, RichText
from tests.articles.importing.reading import (
    article_with_pictures,
    blocks,
    html,
    lines,
    problems,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return article_with_pictures(tmp_path)


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
def test_running_text_is_one_block_in_the_stored_form(body: str, expected: str) -> None:
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
def test_links_that_lead_somewhere_are_kept(link: str, expected: str) -> None:
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
def test_other_links_leave_only_their_text(link: str) -> None:
    assert html(link) == "<p>a</p>"


def test_a_scheme_with_a_tab_in_it_is_no_scheme() -> None:
    assert html("[a](<java\tscript:x>)") == '<p><a href="java%09script:x">a</a></p>'


def test_autolinks_are_links() -> None:
    assert html("<https://b.org> <a@b.org>") == (
        '<p><a href="https://b.org">https://b.org</a> '
        '<a href="mailto:a@b.org">a@b.org</a></p>'
    )


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
def test_html_becomes_what_an_article_may_hold(body: str, expected: str) -> None:
    assert html(body) == expected


@pytest.mark.parametrize(
    "body",
    ["<!-- never ends\n\na", "<script>\n\na", "a <style>b\n\nc", "<b <script>a"],
)
def test_what_would_swallow_the_text_is_a_problem(body: str) -> None:
    found = problems(f"# T\n\n{body}")
    assert [line for line, _ in found] == [3]
    assert found[0][1].endswith("never closed.")


def test_pictures_in_html_are_pictures(source: Path) -> None:
    body = 'a\n<img src="arm.png" alt="An arm" title="Cap" onerror="x()">'
    picture = Picture(source.parent / "arm.png", "An arm", caption="Cap", line=4)
    assert blocks(body, source) == (RichText("<p>a</p>"), picture)
    assert blocks(f"<figure>\n{body[2:]}\n</figure>", source) == (picture,)


def test_a_picture_in_html_must_be_there_too() -> None:
    assert lines("# T\n\na\n\n<div>\n<img src=x onerror=alert(1)>\n</div>") == [6]
