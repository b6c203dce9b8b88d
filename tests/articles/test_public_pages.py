from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import Settings
from wagtail.models import Page, get_page_models

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.references import MARK
from clinic_info.pages import HomePage
from tests.articles.visibility import HIDDEN, hide
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    ContactPageFactory,
    CustomImageFactory,
    StandardPageFactory,
    TopicFactory,
    picture_file,
)

Read = Callable[..., BeautifulSoup]


@pytest.fixture
def one_of_each(home: HomePage, index: ArticleIndexPage) -> list[Page]:
    """A page of every type that readers can open."""
    image = CustomImageFactory(file=picture_file(size=(60, 40)))
    topic = TopicFactory()
    ArticlePageFactory(parent=index, topic=topic, hero_image=image)
    article = ArticlePageFactory(
        parent=index,
        topic=topic,
        hero_image=image,
        authors=[("author", AuthorFactory(photo=image))],
    )
    return [
        home,
        index,
        article,
        StandardPageFactory(parent=home, show_in_menus=True, show_in_footer=True),
        ContactPageFactory(parent=home, show_in_menus=True),
    ]


def meta(soup: BeautifulSoup, name: str) -> str | None:
    tag = soup.find("meta", property=name) or soup.find("meta", {"name": name})
    return tag["content"] if tag else None


# What caches need


def test_every_page_type_is_among_the_pages_that_are_checked(
    one_of_each: list[Page],
) -> None:
    ours = {
        model
        for model in get_page_models()
        if model._meta.app_label in {"articles", "clinic_info"}
    }
    assert {type(page) for page in one_of_each} == ours


def test_no_page_depends_on_who_reads_it(
    client: Client, one_of_each: list[Page]
) -> None:
    for page in one_of_each:
        response = client.get(page.get_url())
        assert response.status_code == 200
        assert not response.cookies
        assert "cookie" not in response.headers.get("Vary", "").lower()
        assert "csrf" not in response.content.decode()


def test_a_page_that_is_not_there_depends_on_nobody_either(
    client: Client, home: HomePage
) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()


def test_readers_see_nothing_of_the_editor_and_staff_do(
    client: Client, admin_client: Client, article: ArticlePage
) -> None:
    assert b"wagtail-userbar" not in client.get(article.get_url()).content
    assert b"wagtail-userbar" in admin_client.get(article.get_url()).content


# Head


@pytest.mark.parametrize("host", ["testserver", "localhost", "127.0.0.1:8000"])
def test_the_canonical_address_is_the_site_s_whatever_host_was_asked(
    client: Client, one_of_each: list[Page], settings: Settings, host: str
) -> None:
    settings.SITE_URL = settings.WAGTAILADMIN_BASE_URL = "https://clinic.example"
    for page in one_of_each:
        response = client.get(page.get_url(), {"utm_source": "x"}, HTTP_HOST=host)
        soup = BeautifulSoup(response.content, "html.parser")
        links = soup.find_all("link", rel="canonical")
        assert [link["href"] for link in links] == [
            f"https://clinic.example{page.get_url()}"
        ]
        assert meta(soup, "og:url") == links[0]["href"]
        assert host not in response.content.decode()


def test_an_article_tells_networks_what_it_is(
    index: ArticleIndexPage, read: Read, settings: Settings
) -> None:
    image = CustomImageFactory(
        file=picture_file(size=(1600, 900)), description="A needle in skin"
    )
    article = ArticlePageFactory(
        parent=index, title="Needles", standfirst="In short.", social_image=image
    )
    soup = read(article)
    assert meta(soup, "og:type") == "article"
    assert meta(soup, "og:title") == "Needles"
    assert meta(soup, "og:description") == "In short."
    assert meta(soup, "description") == "In short."
    assert meta(soup, "og:site_name")
    assert meta(soup, "og:image").startswith(f"{settings.SITE_URL}/media/images/")
    assert meta(soup, "og:image").endswith(".jpg")
    assert (meta(soup, "og:image:width"), meta(soup, "og:image:height")) == (
        "1200",
        "630",
    )
    assert meta(soup, "og:image:alt") == "A needle in skin"


def test_what_staff_wrote_for_search_engines_and_sharing_wins(
    index: ArticleIndexPage, read: Read
) -> None:
    hero, social = (
        CustomImageFactory(file=picture_file(size=(60, 40)), description=text)
        for text in ("Hero", "Social")
    )
    article = ArticlePageFactory(
        parent=index,
        seo_title="For engines",
        search_description="Written for engines.",
        hero_image=hero,
        social_image=social,
    )
    soup = read(article)
    assert soup.find("title").get_text().startswith("For engines")
    assert meta(soup, "og:title") == "For engines"
    assert meta(soup, "description") == "Written for engines."
    assert meta(soup, "og:image:alt") == "Social"


def test_the_main_picture_is_shared_if_there_is_no_other(
    index: ArticleIndexPage, read: Read
) -> None:
    image = CustomImageFactory(file=picture_file(size=(60, 40)), is_decorative=True)
    soup = read(ArticlePageFactory(parent=index, hero_image=image))
    assert meta(soup, "og:image")
    assert meta(soup, "og:image:alt") == ""


def test_a_page_without_a_picture_offers_the_mark(
    article: ArticlePage, read: Read, settings: Settings
) -> None:
    share = f"{settings.SITE_URL}/static/identity/share.png"
    assert meta(read(article), "og:image") == share


def test_other_pages_are_websites(home: HomePage, read: Read) -> None:
    assert meta(read(home), "og:type") == "website"


def test_quotes_in_a_title_do_not_break_the_head(
    index: ArticleIndexPage, read: Read
) -> None:
    title = 'The "deep" <b>needle</b> & you'
    article = ArticlePageFactory(parent=index, title=title, standfirst=title)
    soup = read(article)
    assert meta(soup, "og:title") == title
    assert meta(soup, "description") == title
    assert soup.find("h1").get_text() == title


def test_every_page_is_sound(client: Client, one_of_each: list[Page]) -> None:
    for page in one_of_each:
        html = client.get(page.get_url()).content.decode()
        soup = BeautifulSoup(html, "html.parser")
        assert len(soup.find_all("h1")) == 1
        assert len(soup.find_all("main")) == 1
        assert soup.find("html")["lang"] == "en-gb"
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids))
        assert all(tag.has_attr("alt") for tag in soup.find_all("img"))
        for tag in soup.find_all(attrs={"aria-labelledby": True}):
            assert tag["aria-labelledby"] in ids
        for link in soup.select("a[href^='#']"):
            assert link["href"].removeprefix("#") in ids
        assert not soup.find_all(style=True)
        # Data is no script: nothing runs it.
        data = {"application/json", "application/ld+json"}
        for tag in soup.find_all("script"):
            assert tag.has_attr("src") or tag["type"] in data
        assert MARK.findall(html) == []


# Addresses


def test_every_page_answers_at_its_address_and_nowhere_below(
    client: Client, one_of_each: list[Page]
) -> None:
    for page in one_of_each:
        assert client.get(page.get_url()).status_code == 200
        assert client.get(f"{page.get_url()}no-such-page/").status_code == 404
        assert client.get(f"{page.get_url()}no/such/page/").status_code == 404


def test_a_page_below_another_page_of_its_type_answers(
    client: Client, home: HomePage
) -> None:
    about = StandardPageFactory(parent=home, slug="about")
    page = StandardPageFactory(parent=about, slug="team", title="Our team")
    response = client.get("/about/team/")
    assert page.get_url() == "/about/team/"
    assert "Our team" in response.content.decode()
    assert client.get("/team/").status_code == 404


@pytest.mark.parametrize("how", HIDDEN)
def test_the_address_of_a_hidden_article_shows_nothing_of_it(
    client: Client, index: ArticleIndexPage, how: str
) -> None:
    article = ArticlePageFactory(parent=index, title="Hidden", standfirst="Secret")
    address = article.get_url()
    hide(article, how)
    response = client.get(address)
    assert b"Secret" not in response.content
    restricted = how in {"password", "login", "group"}
    assert response.status_code in ({200, 302} if restricted else {404})


def test_an_address_outlives_neither_its_slug_nor_its_article(
    client: Client, article: ArticlePage
) -> None:
    address = article.get_url()
    article.slug = "renamed"
    article.save_revision().publish()
    assert client.get("/articles/renamed/").status_code == 200
    assert client.get(address).status_code == 404
    article.delete()
    assert client.get("/articles/renamed/").status_code == 404


@pytest.mark.parametrize(
    "path", ["%00", "articles/%00", "articles/%ff", "articles//", "x" * 3000, "%F0%9F"]
)
def test_an_address_of_any_shape_is_no_error(
    client: Client, home: HomePage, path: str
) -> None:
    assert client.get(f"/{path}/").status_code in {301, 400, 404}
