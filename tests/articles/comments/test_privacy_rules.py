import pytest

from articles.comments import privacy_rules


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ring 07700 900123 please", ["07700 900123"]),
        ("+44 7700 900123", ["+44 7700 900123"]),
        ("(01632) 960-123.", ["(01632) 960-123"]),
        ("0049 30 1234567", ["0049 30 1234567"]),
        (
            "sam@mail.example or Sam.O-B+x@a.b.example",
            ["sam@mail.example", "Sam.O-B+x@a.b.example"],
        ),
        ("sam (at) mail.example", ["sam (at) mail.example"]),
        ("Should I take aspirin?", ["Should I take"]),
        ("Can my daughter still use the cream?", ["Can my daughter still use"]),
        ("is it safe to stop the tablets", ["is it safe to stop"]),
        ("Which dose is right?", ["Which dose"]),
        ("Do I have cancer", ["Do I have cancer"]),
    ],
)
def test_what_looks_private_is_found(text: str, found: list[str]) -> None:
    spans = privacy_rules.find(text)

    assert [span.text for span in spans] == found
    assert [text[span.start : span.end] for span in spans] == found


@pytest.mark.parametrize(
    "text",
    [
        "In 2019-2024 it got better.",
        "On 12.03.2024 and 2024-03-12.",
        "It cost 1,200 and took 6-8 weeks, 0.5 mm, 30 minutes.",
        "Between 1998 and 2005 I had 3 courses.",
        "You should take a look at the pictures.",
        "I could use some help reading this.",
        "PMID 16344754",
        "@nurse thank you",
    ],
)
def test_ordinary_numbers_and_words_are_left_alone(text: str) -> None:
    assert privacy_rules.find(text) == []


def test_kinds_are_named_once_in_the_order_of_the_text() -> None:
    text = "a@b.example, c@d.example, 07700 900123, should I take it?"

    assert privacy_rules.kinds(text) == ["email", "phone", "advice"]


def test_a_part_inside_another_leaves_nothing_behind() -> None:
    text = "Anna Smith, Smith, Anna Smith-Jones"

    redacted = privacy_rules.redact(text, ["Smith", "Anna Smith", " ", ""])

    mark = privacy_rules.REMOVED
    assert redacted == f"{mark}, {mark}, {mark}-Jones"


@pytest.mark.parametrize(
    "text", ["1 " * 2000, "a@" * 2000, "should i " * 500, "(" * 4000]
)
def test_no_text_takes_long(text: str) -> None:
    # Four thousand characters at most: what backtracks without end would hang here.
    privacy_rules.find(text)
