from pathlib import Path

import pytest

from articles.importing.draft import (
    Callout,
    KeyPoints,
    Question,
    Quote,
    RichText,
    Steps,
    Table,
)
from tests.articles.importing.reading import article_with_pictures, blocks, html, lines


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return article_with_pictures(tmp_path)


def test_cells_are_inline_html_and_headings_plain() -> None:
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
def test_a_paragraph_after_a_table_can_be_its_caption(gap: str) -> None:
    body = f"|a|b|\n|-|-|\n|1|2|{gap}Table: The *caption*[^f]\n\nText.\n\n[^f]: F"
    assert blocks(body) == (
        Table(("a", "b"), (("1", "2"),), "The caption[^f]"),
        RichText("<p>Text.</p>"),
    )


def test_a_caption_without_a_table_is_text() -> None:
    assert html("Table: nothing") == "<p>Table: nothing</p>"


def test_a_table_may_be_nothing_but_headings() -> None:
    assert blocks("|a|\n|-|") == (Table(("a",), ()),)


def test_cells_without_a_heading_are_a_problem_and_not_lost() -> None:
    text = "---\ntitle: T\n---\n\n> |a|b|\n> |-|-|\n> |1|2|\n> |1|2|3|\n> 1|2||\n"
    assert lines(text) == [8, 9]


def test_tables_leave_lists_and_boxes() -> None:
    body = "- a\n\n  |b|\n  |-|\n\n> [!NOTE]\n> c\n>\n> |d|\n> |-|"
    assert blocks(body) == (
        RichText("<ul><li>a</li></ul>"),
        Table(("b",), ()),
        Callout("good_to_know", "<p>c</p>"),
        Table(("d",), ()),
    )


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
def test_a_quote_is_plain_and_may_name_its_source(body: str, quote: Quote) -> None:
    assert blocks(f"{body}\n\n[^f]: F") == (quote,)


def test_a_quote_of_nothing_is_left_out() -> None:
    assert blocks(">\n\na\n\n>") == (RichText("<p>a</p>"),)


def test_a_quote_interrupts_the_text() -> None:
    found = blocks("a\n\n> b\n\nc")
    assert [type(block) for block in found] == [RichText, Quote, RichText]


@pytest.mark.parametrize(
    ("kinds", "urgency"),
    [
        ("NOTE INFO TIP note Tip", "good_to_know"),
        ("WARNING IMPORTANT ATTENTION warning", "see_a_clinician"),
        ("CAUTION DANGER ERROR EMERGENCY caution", "emergency"),
    ],
)
def test_known_types_have_their_urgency(kinds: str, urgency: str) -> None:
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
def test_a_callout_has_a_title_and_text(body: str, callout: Callout) -> None:
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
def test_only_the_first_line_makes_an_alert(body: str) -> None:
    assert [type(block) for block in blocks(body)] == [Quote]


@pytest.mark.parametrize("kind", ["SUMMARY", "ABSTRACT", "TLDR", "tldr"])
def test_a_summary_has_its_points(kind: str) -> None:
    body = f"> [!{kind}] Short\n> - **a**[^f]\n> - b\n>   - c\n>\n>   d\n\n[^f]: F"
    points = KeyPoints(("<b>a</b>[^f]", "b<br/>c<br/>d"), "Short")
    assert blocks(body) == (points,)


def test_a_summary_without_a_list_has_its_paragraphs() -> None:
    assert blocks("> [!SUMMARY]\n> A\n> b.\n>\n> *C.*") == (
        KeyPoints(("A b.", "<i>C.</i>")),
    )


def test_what_surrounds_a_list_in_an_alert_stays_outside() -> None:
    assert blocks("> [!STEPS]\n> First\n> 1. a\n> 2. b\n>\n> Last") == (
        RichText("<p>First</p>"),
        Steps(("<p>a</p>", "<p>b</p>")),
        RichText("<p>Last</p>"),
    )


def test_steps_are_the_items_of_the_list() -> None:
    body = "> [!STEPS] Do[^f]\n> 1. *a*\n>\n>    b\n> 2. c\n>    - d\n\n[^f]: F"
    steps = ("<p><i>a</i></p><p>b</p>", "<p>c</p><ul><li>d</li></ul>")
    assert blocks(body) == (Steps(steps, "Do[^f]"),)


@pytest.mark.parametrize("kind", ["QUESTION", "HELP", "FAQ", "faq"])
def test_a_question_is_the_title_or_the_first_paragraph(kind: str) -> None:
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
def test_a_box_that_says_nothing_is_a_problem(body: str) -> None:
    assert lines(f"# T\n\n{body}") == [3]


def test_a_box_with_only_a_picture_is_a_problem(source: Path) -> None:
    assert lines("# T\n\n> [!DANGER]\n> ![x](arm.png)", source) == [3]


def test_alerts_leave_what_they_stand_in() -> None:
    body = "- a\n  > [!DANGER]\n  > b\n- c\n\n> [!NOTE]\n> d\n> > [!TIP]\n> > e"
    assert blocks(body) == (
        RichText("<ul><li>a</li><li>c</li></ul>"),
        Callout("emergency", "<p>b</p>"),
        Callout("good_to_know", "<p>d</p>"),
        Callout("good_to_know", "<p>e</p>"),
    )
