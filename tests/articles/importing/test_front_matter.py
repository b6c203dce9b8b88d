from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from articles.importing import markdown
from articles.importing.draft import ArticleDraft, UnreadableError

ZONE = ZoneInfo("Europe/Berlin")


def parse(front: str) -> ArticleDraft:
    """Read an article of front matter alone."""
    text = f"---\n{front}\n---\n"
    return markdown.parse(text, source=Path("/nonexistent/a.md"), time_zone=ZONE)


def parse_titled(front: str) -> ArticleDraft:
    return parse(f"title: T\n{front}")


def problems(front: str) -> list[tuple[int | None, str]]:
    with pytest.raises(UnreadableError) as caught:
        parse(front)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_all_that_can_be_said_is_taken() -> None:
    draft = parse(
        "title: The skin\n"
        "slug: skin\n"
        "topic: Skin\n"
        "topics: [Anatomy, Healing]\n"
        "standfirst: >\n  What it\n  does.\n"
        "authors:\n  - Ada\n  - Bo\n"
        "published: 2024-05-01\n"
        "updated: 2024-06-01\n"
        "views: 77\n"
        "comments: false\n"
    )
    assert draft == ArticleDraft(
        title="The skin",
        slug="skin",
        sections=(),
        standfirst="What it does.",
        topic="Skin",
        topics=("Anatomy", "Healing"),
        authors=("Ada", "Bo"),
        published=datetime(2024, 5, 1, 12, tzinfo=ZONE),
        updated=date(2024, 6, 1),
        views=77,
        comments=False,
    )


def test_what_is_not_said_stays_open() -> None:
    front = "slug:\ntopic: ''\ntopics: ~\nstandfirst: null\nviews:\ncomments:\nimage:\n"
    assert parse_titled(front) == ArticleDraft(title="T", slug="t", sections=())


@pytest.mark.parametrize("front", ["", "# only a comment", "~"])
def test_front_matter_may_be_empty(front: str) -> None:
    text = f"---\n{front}\n---\n# T"
    draft = markdown.parse(text, source=Path("a.md"), time_zone=ZONE)
    assert draft.title == "T"


@pytest.mark.parametrize(
    ("yaml", "title"),
    [
        ("2024", "2024"),
        ("1.10", "1.10"),
        ("No", "No"),
        ("2024-05-01", "2024-05-01"),
        ('"a: b"', "a: b"),
        ("'a\n\n  b'", "a b"),
        ("é " + "x" * 253, "é " + "x" * 253),
    ],
)
def test_a_title_is_taken_as_it_is_written(yaml: str, title: str) -> None:
    assert parse(f"title: {yaml}\nslug: x").title == title


@pytest.mark.parametrize(
    ("front", "attribute", "value"),
    [
        ("slug: Skin-care_2", "slug", "skin-care_2"),
        ("slug: 2024", "slug", "2024"),
        ("topics: Skin", "topics", ("Skin",)),
        ("authors: Ada", "authors", ("Ada",)),
        ("authors: [Ada, Bo, Ada]", "authors", ("Ada", "Bo")),
        ("topics: []", "topics", ()),
        ("views: 0", "views", 0),
        ("views: 2000000000", "views", 2_000_000_000),
        ("views: 1_000", "views", 1000),
        ("views: 010", "views", 10),
        ("comments: no", "comments", False),
        ("comments: On", "comments", True),
        ("standfirst: " + "x" * 500, "standfirst", "x" * 500),
    ],
)
def test_values_that_are_right(front: str, attribute: str, value: object) -> None:
    assert getattr(parse_titled(front), attribute) == value


@pytest.mark.parametrize(
    "front",
    [
        "slug: a b",
        "slug: größe",
        "slug: a/b",
        "slug: " + "x" * 256,
        "slug: [a]",
        "topic: [a]",
        "topic: {a: b}",
        "topics: {a: b}",
        "topics: [a, [b]]",
        "topics: [a, '']",
        "authors: [a, ~]",
        "standfirst: " + "x" * 501,
        "standfirst: [x]",
        "standfirst: !!binary aGFsbG8=",
        'standfirst: "a\\0b"',
        'standfirst: "a\\ud800b"',
        "standfirst: !custom x",
        "views: -1",
        "views: 2000000001",
        "views: 1.5",
        "views: many",
        "views: '77'",
        "views: true",
        "views: 1:30",
        "views: 0x10",
        "views: " + "9" * 5000,
        "views: !!int x",
        "comments: maybe",
        "comments: 'true'",
        "comments: 1",
        "comments: !!bool x",
        "published: soon",
        "published: 2024-02-30",
        "published: 2024-13-01",
        "published: 2024-05-01 25:00:00",
        "published: 0204-05-01",
        "published: 3024-05-01",
        "published: 0001-01-01T00:00:00+14:00",
        "published: 9999-12-31T23:59:59-14:00",
        "published: 2024-05-01T10:00:00+99:00",
        "published: !!timestamp x",
        "published: 20",
        "published: [2024-05-01]",
        "updated: 2024-02-30",
        "updated: true",
        "references: a",
        "references: {key: a, text: b}",
        "references: [a]",
        "references: [{key: a}]",
        "references: [{text: a}]",
        "references: [{key: '', text: a}]",
        "references: [{key: a b, text: c}]",
        "references: [{key: a, text: [b]}]",
        "references: [{key: a, text: b, pages: 3}]",
        "references: [{key: a, text: b, doi: 11.1000/x}]",
        "references: [{key: a, text: b, pmid: PMC1}]",
        "references: [{key: a, text: b, url: 'javascript:x'}]",
        "references: [{key: a, text: b, url: 'https://a b'}]",
        "references: [{key: a, text: b, year: 24}]",
        "references: [{key: a, text: b, key: c}]",
        "image: [a.png]",
        "image: {description: x}",
        "image: {file: [a]}",
        "image: {file: a.png, alt: x}",
        "odd: 1",
        "Title: T",
        "<<: {slug: x}",
        "? [a]\n: b",
        "1: b",
    ],
)
def test_values_that_are_wrong(front: str) -> None:
    (found,) = problems(f"title: T\n{front}")
    assert found[0] == 3
    assert found[1].startswith(
        front.split(":")[0].strip("? ").replace("[a]\n", "?")
    ) or ("is not a name known here" in found[1] or "for the second time" in found[1])


@pytest.mark.parametrize("yaml", ["x" * 256, "[a]", "{a: b}", "!!binary eA=="])
def test_titles_that_are_wrong(yaml: str) -> None:
    assert (2, "title") in [
        (n, text.split(":")[0]) for n, text in problems(f"title: {yaml}")
    ]


@pytest.mark.parametrize(
    ("yaml", "published"),
    [
        ("2024-05-01", datetime(2024, 5, 1, 12, tzinfo=ZONE)),
        ("'2024-05-01'", datetime(2024, 5, 1, 12, tzinfo=ZONE)),
        ("2024-5-1", datetime(2024, 5, 1, 12, tzinfo=ZONE)),
        ("2024-05-01 08:30:00", datetime(2024, 5, 1, 8, 30, tzinfo=ZONE)),
        ("2024-05-01T08:30", datetime(2024, 5, 1, 8, 30, tzinfo=ZONE)),
        ("'2024-05-01 08:30'", datetime(2024, 5, 1, 8, 30, tzinfo=ZONE)),
        ("2024-05-01T08:30:00Z", datetime(2024, 5, 1, 8, 30, tzinfo=UTC)),
        ("2024-05-01 08:30:00 -05:00", datetime(2024, 5, 1, 13, 30, tzinfo=UTC)),
        ("2024-01-01 12:00:00", datetime(2024, 1, 1, 11, tzinfo=UTC)),
    ],
)
def test_a_moment_of_publication_is_in_the_time_zone_of_the_clinic(
    yaml: str, published: datetime
) -> None:
    found = parse_titled(f"published: {yaml}").published
    assert found == published
    assert found is not None
    assert found.tzinfo is ZONE


@pytest.mark.parametrize(
    ("yaml", "updated"),
    [
        ("2024-05-01", date(2024, 5, 1)),
        ("2024-05-01 23:59:00", date(2024, 5, 1)),
        ("2024-05-01T23:30:00Z", date(2024, 5, 2)),
    ],
)
def test_an_update_is_a_day_of_the_clinic(yaml: str, updated: date) -> None:
    found = parse_titled(f"updated: {yaml}").updated
    assert found == updated
    assert not isinstance(found, datetime)


def test_an_update_does_not_come_before_publication() -> None:
    same_day = "published: 2024-05-01 18:00:00\nupdated: 2024-05-01"
    assert parse_titled(same_day).updated == date(2024, 5, 1)
    assert problems("title: T\nupdated: 2024-04-30\npublished: 2024-05-01") == [
        (3, "updated: lies before the date of publication.")
    ]


def test_names_that_come_twice_are_problems_where_they_do() -> None:
    assert problems("title: T\nviews: 1\ntitle: U\nviews: 2") == [
        (4, "title: stands here for the second time."),
        (5, "views: stands here for the second time."),
    ]


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("title: [a", 3),
        ("title: T\n\tslug: x", 3),
        ("title: T\nslug: 'x", 4),
        ("title: a: b", 2),
        ("title: &a T\nslug: *a", 3),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", 3),
        ("- a\n- b", 2),
        ("just text", 2),
        ("title: T\n...\nslug: u", 4),
        ('title: "\\UFFFFFFFF"', 2),
        ('title: "\\U00110000"', 2),
        ("title: \x07", 2),
        ("title: T\n\n" + "[" * 5000, 4),
        ("title: " + "[" * 20 + "]" * 20, 2),
        ("# \x85\u2028\ntitle: [a, *b]", 3),
        ("%YAML 9.9\n", 2),
        ("title: " + "x\n  " * 60_000, 2),
    ],
)
def test_what_is_no_plain_yaml_is_one_problem(front: str, line: int) -> None:
    found = problems(front)
    assert len(found) == 1
    assert found[0][1].startswith("The front matter cannot be read: ")
    assert found[0][0] == line


def test_unreadable_front_matter_raises_no_doubt_about_title_and_footnotes() -> None:
    text = "---\ntitle: [\n---\nText[^a].\n\n##\n"
    with pytest.raises(UnreadableError) as caught:
        markdown.parse(text, source=Path("a.md"), time_zone=ZONE)
    assert [problem.line for problem in caught.value.problems] == [3, 6]


def test_references_keep_what_is_said_about_them() -> None:
    draft = parse_titled(
        "references:\n"
        "- key: a\n"
        "  text: 'Title. *Lancet.* 2005;1:2. doi:10.1000/A.b'\n"
        "  doi: https://doi.org/10.1000/a.B\n"
        "  pmid: 123\n"
        "  url: https://example.org/x\n"
        "  year: 2004\n"
        "- {key: b, text: 'See https://example.org/y (1999).', url: 'https://example.org/z'}\n"
    )
    first, second = draft.references
    assert (first.text, first.year) == ("Title. <i>Lancet.</i> 2005;1:2.", 2004)
    assert (first.doi, first.pmid) == ("10.1000/a.B", "123")
    assert (first.url, first.line) == ("https://example.org/x", 4)
    assert second.text == "See https://example.org/y (1999)."
    assert (second.url, second.year, second.line) == ("https://example.org/z", 1999, 10)


def test_html_in_a_reference_is_cleaned() -> None:
    text = "'A <script>x</script><b onclick=y>b</b> [c](javascript:d)'"
    (reference,) = parse_titled(f"references: [{{key: a, text: {text}}}]").references
    assert reference.text == "A <b>b</b> c"
