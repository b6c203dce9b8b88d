from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st
from wagtail.blocks import StructBlockValidationError
from wagtail.rich_text import RichText

from articles.references import (
    Bibliography,
    Marks,
    ReferenceBlock,
    duplicate_keys,
    unmarked,
)

KEYS = st.text(alphabet="abcXYZ019_-", min_size=1, max_size=4)


def sources(*keys: str, **values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "text": f"Source {key}"} | values for key in keys]


def numbered(bibliography: Bibliography) -> list[tuple[int, str]]:
    return [(entry.number, entry.key) for entry in bibliography.entries]


def test_sources_are_numbered_in_the_order_of_their_first_mention() -> None:
    texts = ["First [^b], then [^c][^b].", "At last [^a] and [^c]."]
    assert numbered(Bibliography(sources("a", "b", "c"), texts)) == [
        (1, "b"),
        (2, "c"),
        (3, "a"),
    ]


def test_sources_that_nothing_cites_follow_in_their_own_order() -> None:
    bibliography = Bibliography(sources("z", "cited", "a"), ["Text [^cited]."])
    assert numbered(bibliography) == [(1, "cited"), (2, "z"), (3, "a")]
    assert [entry.mark_ids for entry in bibliography.entries[1:]] == [(), ()]


def test_every_mention_has_a_mark_to_go_back_to() -> None:
    entry = Bibliography(sources("a"), ["[^a] and [^a]", "[^a]"]).entries[0]
    assert entry.mark_ids == ("cite:a:1", "cite:a:2", "cite:a:3")


def test_marks_without_a_source_are_told_once_each_and_get_no_number() -> None:
    bibliography = Bibliography(sources("a"), ["[^x] [^a] [^y]", "[^x]"])
    assert bibliography.unknown_keys == ["x", "y"]
    assert bibliography.number("x") is None
    assert bibliography.number("a") == 1


def test_the_latest_year_is_the_highest_that_is_given() -> None:
    years = sources("a", year=2005) + sources("b", year=2018) + sources("c", year=None)
    assert Bibliography(years, []).latest_year == 2018
    assert Bibliography(sources("a"), []).latest_year is None


def test_an_article_without_sources_has_an_empty_bibliography() -> None:
    assert len(Bibliography([], ["No source."])) == 0


@pytest.mark.parametrize(
    "text", ["[a]", "[^]", "[^two words]", "[ ^a]", "^a", "[^ä]", "[^a", "a]"]
)
def test_what_only_resembles_a_mark_is_left_alone(text: str) -> None:
    bibliography = Bibliography(sources("a"), [text])
    assert bibliography.unknown_keys == []
    assert Marks(bibliography).link(text) == text
    assert unmarked(text) == text


@given(st.lists(KEYS, unique=True, max_size=5), st.lists(st.lists(KEYS, max_size=6)))
def test_marks_and_sources_always_link_to_each_other(
    keys: list[str], mentions: list[list[str]]
) -> None:
    texts = [" ".join(f"word [^{key}]" for key in text) for text in mentions]
    bibliography = Bibliography(sources(*keys), texts)
    marks = Marks(bibliography)
    page = BeautifulSoup("".join(marks.link(text) for text in texts), "html.parser")
    shown = [link["id"] for link in page.find_all("a")]
    listed = [id for entry in bibliography.entries for id in entry.mark_ids]
    assert sorted(shown) == sorted(listed)
    assert len(set(shown)) == len(shown)
    assert sorted(entry.key for entry in bibliography.entries) == sorted(keys)
    # Read from the top, new numbers come in counting order.
    numbers = [int(link.contents[-1]) for link in page.find_all("a")]
    new = list(dict.fromkeys(numbers))
    assert new == list(range(1, len(new) + 1))


def test_a_mark_is_a_link_whose_words_make_sense_aloud() -> None:
    html = Marks(Bibliography(sources("a"), ["[^a]"])).link("Deep[^a].")
    link = BeautifulSoup(html, "html.parser").find("a")
    assert link["href"] == "#ref:a"
    assert link.get_text() == "reference 1"
    assert link.parent.name == "sup"


def test_a_mark_without_a_source_disappears() -> None:
    assert Marks(Bibliography([], [])).link("Deep[^x].") == "Deep."


def test_plain_text_is_escaped() -> None:
    html = Marks(Bibliography(sources("a"), ["[^a]"])).link(
        '<script>alert("[^a]")</script> & more'
    )
    assert "<script" not in html
    assert html.startswith("&lt;script&gt;alert(&quot;<sup")
    assert html.endswith("&lt;/script&gt; &amp; more")


def test_rich_text_keeps_its_markup() -> None:
    html = Marks(Bibliography(sources("a"), ["[^a]"])).link(
        RichText("<p>A <b>deep</b> channel[^a].</p>")
    )
    page = BeautifulSoup(html, "html.parser")
    assert page.p.b.get_text() == "deep"
    assert page.p.sup.a["href"] == "#ref:a"


def test_what_resembles_a_mark_inside_an_attribute_is_none() -> None:
    source = '<a href="/?q=[^a]" title="x [^a] y">words</a>'
    marks = Marks(Bibliography(sources("a"), ["[^a]"]))
    assert marks.link(SafeString(source)) == source
    assert 'id="cite:a:1"' in marks.link("[^a]")


@given(st.text(alphabet="<>&\"'[^]a b/=", max_size=30))
def test_no_plain_text_ever_becomes_markup_of_its_own(text: str) -> None:
    html = Marks(Bibliography(sources("a"), [text])).link(text)
    names = {tag.name for tag in BeautifulSoup(html, "html.parser").find_all(True)}
    assert names <= {"sup", "a", "span"}


def test_places_without_sources_show_no_marks() -> None:
    assert unmarked("Skin[^a] heals[^b].") == "Skin heals."


def test_the_second_use_of_a_key_is_told() -> None:
    assert duplicate_keys(sources("a", "b", "a", "a")) == [2, 3]
    assert duplicate_keys(sources("a", "A")) == []


def cleaned(**values: Any) -> Any:
    block = ReferenceBlock()
    return block.clean(block.to_python({"key": "a", "text": "<p>Text</p>"} | values))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", ""),
        ("key", "two words"),
        ("key", "a]"),
        ("key", "müller2018"),
        ("year", 218),
        ("year", 20180),
        ("doi", "https://doi.org/10.1097/x"),
        ("doi", "10.1097"),
        ("doi", "javascript:alert(1)"),
        ("pmid", "PMID1"),
        ("pmid", "1/../../evil"),
        ("url", "javascript:alert(1)"),
        ("url", "data:text/html,x"),
    ],
)
def test_a_reference_that_would_lead_astray_is_refused_at_its_field(
    field: str, value: Any
) -> None:
    with pytest.raises(StructBlockValidationError) as error:
        cleaned(**{field: value})
    assert set(error.value.block_errors) == {field}
    assert isinstance(error.value.block_errors[field], ValidationError)


def links_of(**values: Any) -> list[str]:
    block = ReferenceBlock()
    value = block.to_python({"key": "a", "text": "<p>Text</p>"} | values)
    page = BeautifulSoup(block.render(value), "html.parser")
    return [link["href"] for link in page.find_all("a")]


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (
            {"doi": "10.1097/DSS.0000000000001248"},
            "https://doi.org/10.1097/DSS.0000000000001248",
        ),
        (
            {"doi": "10.1016/S0140-6736(05)67889-0"},
            "https://doi.org/10.1016/S0140-6736(05)67889-0",
        ),
        ({"doi": "10.1000/a?b#c"}, "https://doi.org/10.1000/a%3Fb%23c"),
        (
            {"doi": "10.1002/(SICI)1<1::AID>3.0.CO;2-#"},
            "https://doi.org/10.1002/(SICI)1%3C1::AID%3E3.0.CO;2-%23",
        ),
        ({"pmid": "18317129"}, "https://pubmed.ncbi.nlm.nih.gov/18317129/"),
        (
            {"url": "https://www.nice.org.uk/?a=1&b=2"},
            "https://www.nice.org.uk/?a=1&b=2",
        ),
    ],
)
def test_a_reference_links_to_its_source(values: dict[str, str], address: str) -> None:
    assert cleaned(**values)
    assert links_of(**values) == [address]


def test_a_reference_without_links_has_none() -> None:
    assert links_of() == []


@given(st.text(max_size=20))
def test_a_doi_cannot_leave_the_site_that_resolves_it(tail: str) -> None:
    for link in links_of(doi=f"10.1000/{tail}"):
        assert link.startswith("https://doi.org/10.1000/")
