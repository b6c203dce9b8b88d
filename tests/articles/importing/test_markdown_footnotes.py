from pathlib import Path

import pytest

from articles.importing.draft import Quote, Reference, RichText
from tests.articles.importing.reading import (
    article_with_pictures,
    html,
    lines,
    parse,
    problems,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return article_with_pictures(tmp_path)


def test_marks_stay_everywhere_and_definitions_become_references() -> None:
    text = (
        "# T\n\nText[^b] and [*link*[^a]](https://x.org).\n\n"
        "[^a]: First *a*\n    goes on\n\n    and on.\n\n"
        "[^b]: Second.\n[^unused]: Third.\n\nMore[^a][^b]."
    )
    draft = parse(text)
    assert draft.sections[0].blocks == (
        RichText(
            '<p>Text[^b] and <a href="https://x.org"><i>link</i></a>[^a].</p>'
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
        "> [!NOTE] Title\n> Text\n> more[^x]",
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
def test_a_mark_anywhere_needs_a_definition(body: str) -> None:
    expected = 3 + body.count("\n", 0, body.index("[^x"))
    assert problems(f"# T\n\n{body}") == [(expected, "There is no footnote [^x].")]
    parse(f"# T\n\n{body}\n\n[^x]: Now there is.")


def test_each_mark_without_definition_has_its_line() -> None:
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
    body: str, expected: str
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
def test_a_key_defined_twice_is_a_problem(text: str) -> None:
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
def test_a_key_that_cannot_be_one_is_a_problem(body: str) -> None:
    found = problems(f"# T\n\n{body}")
    assert [line for line, _ in found] == [3]
    assert "letters, digits, - and _" in found[0][1]


@pytest.mark.parametrize("key", ["1", "Smith-2005_b", "_", "-"])
def test_keys_may_be_numbers_and_names(key: str) -> None:
    draft = parse(f"# T\n\nx[^{key}]\n\n[^{key}]: A")
    assert [reference.key for reference in draft.references] == [key]


def test_notes_in_the_text_get_keys_of_their_own() -> None:
    text = "# T\n\na^[One *i* [l](/x)]\n\n[^note-1]: Mine[^note-1]\n\n- b^[Two] `^[c]`"
    draft = parse(text)
    assert draft.sections[0].blocks == (
        RichText("<p>a[^note-2]</p><ul><li>b[^note-3] ^[c]</li></ul>"),
    )
    assert draft.references == (
        Reference("note-2", 'One <i>i</i> <a href="/x">l</a>', line=3),
        Reference("note-1", "Mine[^note-1]", line=5),
        Reference("note-3", "Two", line=7),
    )


def test_notes_do_not_stand_inside_references() -> None:
    text = "---\ntitle: T\nreferences: [{key: b, text: 'B^[x]'}]\n---\na^[b ^[c]]"
    assert [(found.key, found.text) for found in parse(text).references] == [
        ("b", "B^[x]"),
        ("note-1", "b ^[c]"),
    ]


def test_references_of_the_front_matter_come_first() -> None:
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
def test_a_footnote_without_text_is_a_problem(source: Path, definition: str) -> None:
    assert set(lines(f"# T\n\nx[^a]\n\n{definition}", source)) == {5}


def test_a_footnote_inside_a_quote_or_list_counts_too() -> None:
    draft = parse("# T\n\n> a[^x]\n>\n> [^x]: X\n\n- b[^y]\n\n  [^y]: Y")
    assert [reference.key for reference in draft.references] == ["x", "y"]
    assert draft.sections[0].blocks == (
        Quote("a[^x]"),
        RichText("<ul><li>b[^y]</li></ul>"),
    )


def test_identifiers_leave_the_text_of_a_reference() -> None:
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
