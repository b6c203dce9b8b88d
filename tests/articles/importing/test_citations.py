import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles.importing import citations, rich_text
from articles.importing.citations import Citation, normal_doi, publication_year


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Smith J. Title.", Citation("Smith J. Title.")),
        ("Title. doi:10.1000/a.b.", Citation("Title.", doi="10.1000/a.b")),
        ("Title. DOI: 10.1000/a.b", Citation("Title.", doi="10.1000/a.b")),
        ("Title. doi 10.1000/a.b, p. 3", Citation("Title. p. 3", doi="10.1000/a.b")),
        ("Title. 10.1000/a.b. Epub.", Citation("Title. Epub.", doi="10.1000/a.b")),
        ("Title. https://doi.org/10.1000/a.b.", Citation("Title.", doi="10.1000/a.b")),
        ("Title. http://dx.doi.org/10.1000/ab", Citation("Title.", doi="10.1000/ab")),
        (
            "Title. doi: https://doi.org/10.1000/ab",
            Citation("Title.", doi="10.1000/ab"),
        ),
        ("Title (doi:10.1000/ab).", Citation("Title.", doi="10.1000/ab")),
        ("Title [doi:10.1000/ab]", Citation("Title", doi="10.1000/ab")),
        ("Title &lt;10.1000/ab&gt;.", Citation("Title.", doi="10.1000/ab")),
        (
            "Title. doi:10.1016/S0140-6736(05)67.",
            Citation("Title.", doi="10.1016/S0140-6736(05)67"),
        ),
        ("Title. doi:10.1000/a(b).", Citation("Title.", doi="10.1000/a(b)")),
        ("(Title. doi:10.1000/a(b))", Citation("(Title.)", doi="10.1000/a(b)")),
        (
            "(doi:10.1016/S0140-6736(05)67)",
            Citation("(doi:10.1016/S0140-6736(05)67)", doi="10.1016/S0140-6736(05)67"),
        ),
        (
            "Title. doi:10.1002/1097(19980815)17:15&lt;1661::AID&gt;3.0.CO;2-2.",
            Citation("Title.", doi="10.1002/1097(19980815)17:15<1661::AID>3.0.CO;2-2"),
        ),
        ("Title. doi:10.1000/a&amp;b", Citation("Title.", doi="10.1000/a&b")),
        (
            'Title. <a href="https://doi.org/10.1000/a%3Cb">https://doi.org/10.1000/a&lt;b</a>.',
            Citation("Title.", doi="10.1000/a<b"),
        ),
        (
            '<a href="https://doi.org/10.1000/ab">Title</a>. Lancet.',
            Citation("Title. Lancet.", doi="10.1000/ab"),
        ),
        ("Title. doi:10.1000/a doi:10.1000/A", Citation("Title.", doi="10.1000/a")),
        ("T. 10.1000/a 10.1000/b", Citation("T. 10.1000/b", doi="10.1000/a")),
        ("Title (10.1000/) https://.", Citation("Title (10.1000/) https://.")),
        ("Title 10.99/x 210.1000/x", Citation("Title 10.99/x 210.1000/x")),
        ("Title. PMID: 123.", Citation("Title.", pmid="123")),
        ("Title. PMID 123; more", Citation("Title. more", pmid="123")),
        ("Title. pmid:123", Citation("Title.", pmid="123")),
        ("Title. PMCID: PMC123", Citation("Title. PMCID: PMC123")),
        ("Title. https://a.org/b.", Citation("Title.", url="https://a.org/b")),
        (
            "Title, available at: https://a.org/b.",
            Citation("Title.", url="https://a.org/b"),
        ),
        (
            "Title. Available from https://a.org",
            Citation("Title.", url="https://a.org"),
        ),
        (
            "Title. Retrieved from https://a.org",
            Citation("Title.", url="https://a.org"),
        ),
        (
            "T. URL: https://a.org/?b=1&amp;c",
            Citation("T.", url="https://a.org/?b=1&c"),
        ),
        (
            '<a href="https://a.org/b">Title</a>, <a href="https://c.org">more</a>',
            Citation('Title, <a href="https://c.org">more</a>', url="https://a.org/b"),
        ),
        (
            'Title. <a href="https://a.org">https://a.org</a>',
            Citation("Title.", url="https://a.org"),
        ),
        (
            'Title. <a href="https://a.org">Link</a>',
            Citation("Title.", url="https://a.org"),
        ),
        (
            'Title. <a href="/a.pdf">ours</a> <a href="mailto:a@b.org">me</a>',
            Citation(
                'Title. <a href="/a.pdf">ours</a> <a href="mailto:a@b.org">me</a>'
            ),
        ),
        (
            "T. https://a.org https://b.org",
            Citation("T. https://b.org", url="https://a.org"),
        ),
        ("Title. <i>https://a.org</i>", Citation("Title.", url="https://a.org")),
        ("https://a.org/b", Citation("https://a.org/b", url="https://a.org/b")),
        (
            '<a href="https://a.org/b">https://a.org/b</a>',
            Citation("https://a.org/b", url="https://a.org/b"),
        ),
        (
            "Publisher https://p.org/doi/10.1000/ab",
            Citation("Publisher", url="https://p.org/doi/10.1000/ab"),
        ),
        (
            "A. B. <i>J.</i> 2005;1:2. doi:10.1000/x. PMID: 7. https://c.org/d.",
            Citation(
                "A. B. <i>J.</i> 2005;1:2.", "10.1000/x", "7", "https://c.org/d", 2005
            ),
        ),
        (
            "A. B (doi:10.1000/x, PMID: 7).",
            Citation("A. B.", "10.1000/x", "7"),
        ),
    ],
)
def test_identifiers_are_found_and_not_shown_twice(
    html: str, expected: Citation
) -> None:
    assert citations.read(html) == expected


def test_what_is_known_already_is_taken_out_and_the_rest_left() -> None:
    html = "Title. doi:10.1000/A PMID: 7 https://a.org"
    found = citations.read(html, doi="10.1000/a", pmid="8", url="https://b.org")
    assert found == Citation(
        "Title. PMID: 7 https://a.org", "10.1000/a", "8", "https://b.org"
    )


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Title. Lancet. 2005;1:2.", 2005),
        ("Title. Lancet 2005;366:1973-80.", 2005),
        ("Title. Lancet. 2005 Mar 12;1:2000.", 2005),
        ("Title. Lancet. 2005 Jan-Feb;1:2.", 2005),
        ("Smith J (2005). A history of 1999.", 2005),
        ("Smith J (2005b, March). Title.", 2005),
        ("The 1918 flu. Springer, 2006.", 2006),
        ("The 1918 flu. Oxford. 2006. 12 p.", 2006),
        ("Report 1998–2004, 2007", 2007),
        ("Title 1998–2004", None),
        ("Title, pages 1900-1910", None),
        ("Guideline. 2010. Accessed 3 May 2021.", 2010),
        ("Guideline [cited 2021 May 3].", None),
        ("Guideline. 2010 (retrieved 2021)", 2010),
        ("Smith (1999), quoted by Doe (2003).", 2003),
        ("Title. 1899; 2100; 12005;", None),
        ("Title.", None),
    ],
)
def test_the_year_is_the_one_of_publication(text: str, year: int | None) -> None:
    assert publication_year(text) == year


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1000/182", "10.1000/182"),
        (" doi:10.1000/182 ", "10.1000/182"),
        ("DOI: 10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182", "10.1000/182"),
        ("http://dx.doi.org/10.1000/182", "10.1000/182"),
        ("https://example.org/10.1000/182", ""),
        ("10.1/x", ""),
        ("10.1000/a b", ""),
        ("", ""),
    ],
)
def test_a_doi_has_one_form(text: str, doi: str) -> None:
    assert normal_doi(text) == doi


PIECES = st.sampled_from(
    [
        "doi:",
        "10.1000/x",
        "10.1000/",
        "https://a.org",
        "PMID: 1",
        "(",
        ")",
        ".",
        ",",
        " ",
    ]
    + [
        "<i>",
        "Title",
        "2005",
        ";",
        "available at ",
        "https://doi.org/",
        "&",
        "<",
        "[",
        "]",
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join))
@example("(doi:10.1000/x")
def test_a_citation_is_never_emptied_nor_broken(text: str) -> None:
    writer = rich_text.RichTextWriter()
    writer.text(text)
    html = rich_text.inline(writer.result())
    found = citations.read(html)
    assert rich_text.plain(found.text) or not html
    assert "\ufdd2" not in found.text
    assert ("Title" in text) == ("Title" in f"{found.text}{found.doi}{found.url}")
    assert not found.doi or normal_doi(found.doi) == found.doi
