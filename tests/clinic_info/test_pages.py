from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails
from clinic_info.pages import HomePage
from tests.factories import (
    ArticlePageFactory,
    ContactPageFactory,
    StandardPageFactory,
    body,
    section,
)

Change = Callable[..., ClinicDetails]

MEANINGLESS_WHEN_EMPTY = "a, address, dd, dt, h1, h2, h3, li, nav, ol, p, section, ul"
WITHOUT_TEXT = "img, picture, input, svg, video, iframe"


@pytest.fixture
def details(db: None) -> Change:
    """Change the clinic's details: `details(phone="01632 960 123")`."""

    def change(**values: Any) -> ClinicDetails:
        clinic = ClinicDetails.load()
        for name, value in values.items():
            setattr(clinic, name, value)
        clinic.save()
        return clinic

    return change


def soup(client: Client, path: str = "/") -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def texts(elements: list[Tag]) -> list[str]:
    return [" ".join(element.get_text().split()) for element in elements]


def hrefs(page: Tag, selector: str) -> list[str]:
    return [link["href"] for link in page.select(selector)]


def restrict(page: Page) -> None:
    PageViewRestriction.objects.create(
        page=page, restriction_type=PageViewRestriction.LOGIN
    )


def empty_elements(page: BeautifulSoup) -> list[str]:
    """Return the elements of a page that stand for something and show nothing."""
    return [
        str(element)
        for element in page.select(MEANINGLESS_WHEN_EMPTY)
        if not element.get_text().strip() and not element.select(WITHOUT_TEXT)
    ]


# Home


def test_home_welcomes_and_introduces(client: Client, home: HomePage) -> None:
    home.welcome = "We treat skin & explain it."
    home.introduction = "<p>Four <b>nurses</b> in Linden Row.</p>"
    home.save()

    page = soup(client)

    assert texts(page.select("h1")) == ["We treat skin & explain it."]
    introduction = page.select_one(".welcome__introduction")
    assert introduction.select_one("p b").get_text() == "nurses"


def test_home_without_a_welcome_is_headed_by_the_clinics_name(
    client: Client, home: HomePage, details: Change
) -> None:
    details(name="Linden Skin Clinic")

    page = soup(client)

    assert texts(page.select("h1")) == ["Linden Skin Clinic"]
    assert page.title.get_text() == "Linden Skin Clinic"


@pytest.mark.parametrize(
    ("phone", "booking_url", "expected"),
    [
        ("", "", []),
        ("01632 960 123", "", ["tel:01632960123"]),
        ("", "https://booking.example/linden", ["https://booking.example/linden"]),
        (
            "01632 960 123",
            "https://booking.example/linden",
            ["https://booking.example/linden", "tel:01632960123"],
        ),
    ],
)
def test_home_and_header_offer_only_the_ways_to_reach_us_that_there_are(
    client: Client,
    home: HomePage,
    details: Change,
    phone: str,
    booking_url: str,
    expected: list[str],
) -> None:
    details(phone=phone, booking_url=booking_url)

    page = soup(client)

    assert hrefs(page, ".welcome__action a") == expected
    assert sorted(hrefs(page, ".site-header__reach a")) == sorted(expected)
    assert len(page.select(".welcome__action")) == bool(expected)
    if phone:
        assert "Call 01632 960 123" in texts(page.select(".welcome__action a"))


def test_home_shows_the_featured_article_and_the_three_newest_others(
    client: Client, home: HomePage, index: ArticleIndexPage
) -> None:
    articles = [ArticlePageFactory(parent=index, title=f"Number {n}") for n in range(5)]
    home.featured_article = articles[3]
    home.save()

    page = soup(client)

    assert texts(page.select(".shelf--wide .teaser__title")) == ["Number 3"]
    assert texts(page.select(".teaser-list .teaser__title")) == [
        "Number 4",
        "Number 2",
        "Number 1",
    ]
    assert hrefs(page, ".more a") == ["/articles/"]


def test_home_without_a_featured_article_shows_the_three_newest(
    client: Client, index: ArticleIndexPage
) -> None:
    for n in range(4):
        ArticlePageFactory(parent=index, title=f"Number {n}")

    page = soup(client)

    assert not page.select(".home-featured")
    assert texts(page.select(".teaser__title")) == ["Number 3", "Number 2", "Number 1"]


@pytest.mark.parametrize("hidden", ["draft", "private"])
def test_home_shows_no_article_that_readers_may_not_see(
    client: Client, home: HomePage, index: ArticleIndexPage, hidden: str
) -> None:
    shown = ArticlePageFactory(parent=index, title="For everyone")
    featured = ArticlePageFactory(parent=index, title="Featured but hidden")
    other = ArticlePageFactory(parent=index, title="Hidden")
    home.featured_article = featured
    home.save()
    for article in (featured, other):
        if hidden == "draft":
            article.unpublish()
        else:
            restrict(article)

    page = soup(client)

    assert not page.select(".home-featured")
    assert texts(page.select(".teaser__title")) == [shown.title]


def test_an_empty_site_has_nothing_on_it_that_shows_nothing(
    client: Client, home: HomePage
) -> None:
    page = soup(client)

    assert not page.select(".home-featured, .home-latest, .welcome__action")
    assert not page.select(".site-footer__legal, .site-footer__more")
    assert not page.select("a[href^='tel:'], a[href^='mailto:'], a[href='']")
    assert empty_elements(page) == []


# Standard and contact page


def test_a_standard_page_shows_its_sections_with_a_contents_list(
    client: Client, home: HomePage
) -> None:
    page = StandardPageFactory(
        parent=home,
        title="About us",
        slug="about",
        standfirst="Who treats you.",
        body=body(
            section("The team", ("paragraph", "<p>Four nurses.</p>")),
            section("The rooms", ("paragraph", "<p>Two, with daylight.</p>")),
        ),
    )

    html = soup(client, page.url)

    assert page.url == "/about/"
    assert texts(html.select("h1")) == ["About us"]
    assert texts(html.select(".standfirst")) == ["Who treats you."]
    assert texts(html.select(".section__heading")) == ["The team", "The rooms"]
    assert "Two, with daylight." in html.select_one(".article__body").get_text()
    assert hrefs(html, ".contents--beside a") == ["#the-team", "#the-rooms"]
    for target in hrefs(html, ".contents--beside a"):
        assert html.find(id=target.removeprefix("#"))


def test_standard_pages_may_stand_below_each_other(
    client: Client, home: HomePage
) -> None:
    about = StandardPageFactory(parent=home, slug="about")
    team = StandardPageFactory(parent=about, slug="team", title="The team")

    assert team.url == "/about/team/"
    assert texts(soup(client, "/about/team/").select("h1")) == ["The team"]


def test_the_contact_page_says_where_the_clinic_is_and_how_it_is_reached(
    client: Client, home: HomePage, details: Change
) -> None:
    details(
        name="Linden Skin Clinic",
        address="14 Linden Row\r\n\r\n  Eastbrook \nEB1 4LR\n",
        phone="01632 960 123",
        email="hello@linden.example",
        booking_url="https://booking.example/linden",
        map_url="https://map.example/?q=a&b=c",
        emergency_line="In an emergency call 112 or 999.",
    )
    ContactPageFactory(parent=home)

    page = soup(client, "/contact/")

    reach = page.select_one(".reach")
    assert texts(reach.select("address .address__line")) == [
        "14 Linden Row",
        "Eastbrook",
        "EB1 4LR",
        "Show on a map",
        "01632 960 123",
        "hello@linden.example",
    ]
    assert hrefs(reach, "a") == [
        "https://map.example/?q=a&b=c",
        "tel:01632960123",
        "mailto:hello@linden.example",
        "https://booking.example/linden",
    ]
    assert texts(reach.select(".reach__emergency")) == [
        "In an emergency call 112 or 999."
    ]
    assert "By lift." in page.select_one(".article__body").get_text()


def test_a_contact_page_without_details_has_nothing_that_shows_nothing(
    client: Client, home: HomePage
) -> None:
    ContactPageFactory(parent=home)

    page = soup(client, "/contact/")

    assert not page.select(".contact__reach a, .contact__emergency")
    assert empty_elements(page) == []


# The clinic's details


@pytest.mark.parametrize(
    ("phone", "url"),
    [
        ("01632 960 123", "tel:01632960123"),
        ("  01632-960-123 ", "tel:01632960123"),
        ("(01632) 960.123", "tel:01632960123"),
        ("01632/960123", "tel:01632960123"),
        ("01632\u00a0960\u2009123", "tel:01632960123"),
        ("+44 1632 960 123", "tel:+441632960123"),
        (" +44 1632 960 123", "tel:+441632960123"),
        ("0044 1632 960123", "tel:00441632960123"),
        # The zero in brackets is dialled only within the country.
        ("+44 (0)1632 960 123", "tel:+441632960123"),
        ("+44 (0) 1632 960 123", "tel:+441632960123"),
        ("112", "tel:112"),
    ],
)
def test_the_phone_number_becomes_a_link_that_dials_it(phone: str, url: str) -> None:
    assert ClinicDetails(phone=phone).phone_url == url


@pytest.mark.parametrize(
    ("address", "lines"),
    [("", []), ("14 Linden Row", ["14 Linden Row"]), (" a \r\n\n b\n", ["a", "b"])],
)
def test_the_address_has_a_line_for_each_part(address: str, lines: list[str]) -> None:
    assert ClinicDetails(address=address).address_lines == lines


def test_every_page_ends_with_the_clinics_details(
    client: Client, home: HomePage, details: Change
) -> None:
    details(
        name="Linden <b>Skin</b> Clinic",
        address="14 Linden Row",
        emergency_line="In an emergency call 112.",
        social_links=[
            ("link", {"name": "Mastodon", "url": "https://social.example/@linden"})
        ],
    )

    for path in ("/", "/articles/"):
        footer = soup(client, path).select_one("footer.site-footer")

        assert texts(footer.select("h2"))[0] == "Linden <b>Skin</b> Clinic"
        assert "14 Linden Row" in texts(footer.select(".address__line"))
        assert "In an emergency call 112." in texts(footer.select("p"))
        social = footer.select_one("a[rel=me]")
        assert social["href"] == "https://social.example/@linden"
        assert social.get_text() == "Mastodon"
