from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from articles.images.models import CustomImage
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import content_version, kept_pages
from clinic_site.content_version import ENVIRON_KEY
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    CustomImageFactory,
    StandardPageFactory,
    TopicFactory,
    body,
    picture_file,
    references,
    section,
)

# What an article with everything on may ask of the database when it is rendered anew.
# Measured as a reader meets it once the process is warm and its pictures are encoded:
# the site's root, content types and the frame around all pages are known, pages are not.
MOST_QUERIES = 12
MOST_QUERIES_OF_A_LIST = 15

Ask = Callable[..., list[str]]


@pytest.fixture
def queries(client: Client, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return the queries of a page's second rendering: `queries(article)`."""

    # One that is kept asks for its numbers alone: tests/clinic_site/test_kept_pages.py.
    monkeypatch.setattr(kept_pages, "MOST_BYTES", 0)

    def ask(page: Page, /, **query: str) -> list[str]:
        # The page cache says of which content version it asks for a page.
        version = {ENVIRON_KEY: content_version.current()}
        client.get(page.get_url(), query, **version)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(page.get_url(), query, **version)
        assert response.status_code == 200
        return [entry["sql"] for entry in captured.captured_queries]

    return ask


def image() -> CustomImage:
    return CustomImageFactory(file=picture_file(size=(40, 30)))


def with_pictures(number: int) -> list[tuple[str, Any]]:
    """Return every kind of block with pictures, this many times each."""
    video = {"title": "T", "url": "https://vimeo.com/76979871"}
    pair = {"caption": "C", "consent": True}
    blocks: list[tuple[str, Any]] = []
    for _ in range(number):
        blocks += [
            ("picture", {"image": image().pk, "caption": "C"}),
            ("picture_pair", pair | {"before": image().pk, "after": image().pk}),
            ("video", video | {"poster": image().pk}),
        ]
    return blocks


def make_article(
    index: ArticleIndexPage,
    *,
    sections: int = 1,
    pictures: int = 1,
    sources: int = 1,
    authors: int = 1,
    topics: int = 1,
    related: int = 1,
) -> ArticlePage:
    """Make an article with this many of everything, no two of which are the same."""
    cited = "".join(f"[^key{n}]" for n in range(sources))
    text = ("paragraph", f"<p>Text{cited}.</p>")
    parts = [section(f"Section {n}", text) for n in range(sections)]
    parts[0] = section("First", text, *with_pictures(pictures))
    article = ArticlePageFactory(
        parent=index,
        topic=TopicFactory(),
        hero_image=image(),
        social_image=image(),
        authors=[("author", AuthorFactory(photo=image())) for _ in range(authors)],
        body=body(*parts),
        references=references(*({"key": f"key{n}"} for n in range(sources))),
        related_articles=[("article", teased(index)) for _ in range(related)],
    )
    article.further_topics.add(*(TopicFactory() for _ in range(topics)))
    article.save()
    return article


def teased(index: ArticleIndexPage) -> ArticlePage:
    """Make an article of which lists show all that they can."""
    return ArticlePageFactory(parent=index, topic=TopicFactory(), hero_image=image())


def surround(home: HomePage, number: int) -> None:
    """Make pages that the menu and the foot of every page link to."""
    for _ in range(number):
        StandardPageFactory(parent=home, show_in_menus=True, show_in_footer=True)


def shortened(queries: list[str]) -> list[str]:
    """Return the queries in a form in which they can be compared by eye."""
    return [f"{sql[:60]} … {sql[sql.find(' FROM ') :][:200]}" for sql in queries]


@pytest.mark.parametrize(
    "what", ["sections", "pictures", "sources", "authors", "topics"]
)
def test_an_article_with_twice_as_many_parts_asks_no_more(
    index: ArticleIndexPage, queries: Ask, what: str
) -> None:
    few = shortened(queries(make_article(index, **{what: 2})))
    many = shortened(queries(make_article(index, **{what: 4})))
    assert len(many) == len(few), "\n".join(many)


def test_an_article_with_more_chosen_articles_asks_no_more(
    index: ArticleIndexPage, queries: Ask
) -> None:
    few = shortened(queries(make_article(index, related=1)))
    many = shortened(queries(make_article(index, related=3)))
    assert len(many) == len(few), "\n".join(many)


def test_an_article_with_more_articles_of_its_topic_asks_no_more(
    index: ArticleIndexPage, queries: Ask
) -> None:
    article = ArticlePageFactory(parent=index, topic=TopicFactory())
    counts = []
    for _ in range(3):
        ArticlePageFactory(parent=index, topic=article.topic, hero_image=image())
        counts.append(len(queries(article)))
    assert len(set(counts)) == 1


@pytest.mark.parametrize("page", ["article", "index", "home"])
def test_more_pages_in_menu_and_foot_ask_no_more(
    request: pytest.FixtureRequest, home: HomePage, queries: Ask, page: str
) -> None:
    surround(home, 2)
    few = len(queries(request.getfixturevalue(page)))
    surround(home, 2)
    assert len(queries(request.getfixturevalue(page))) == few


@pytest.mark.parametrize("page", ["index", "home"])
def test_a_list_of_twice_as_many_articles_asks_no_more(
    request: pytest.FixtureRequest, index: ArticleIndexPage, queries: Ask, page: str
) -> None:
    listing = request.getfixturevalue(page)
    listing.featured_article = make_article(index)
    listing.save()
    counts = []
    for number in (1, 2):
        for _ in range(number):
            article = teased(index)
            article.further_topics.add(TopicFactory())
            article.save()
        counts.append(len(queries(listing)))
    assert counts[0] == counts[1]


def test_a_long_list_asks_no_more_than_a_short_one(
    index: ArticleIndexPage, queries: Ask
) -> None:
    for _ in range(5):
        teased(index)
    few = len(queries(index))
    for _ in range(5):
        teased(index)
    assert len(queries(index)) == few
    teased(index)
    assert len(queries(index)) == len(queries(index, page="2")) == few


def test_an_article_with_everything_on_asks_little(
    home: HomePage, index: ArticleIndexPage, queries: Ask
) -> None:
    surround(home, 2)
    article = make_article(
        index, sections=3, pictures=2, sources=3, authors=2, topics=2, related=3
    )
    asked = shortened(queries(article))
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


@pytest.mark.parametrize("page", ["index", "home"])
def test_a_list_with_everything_on_asks_little(
    request: pytest.FixtureRequest, home: HomePage, queries: Ask, page: str
) -> None:
    surround(home, 2)
    listing = request.getfixturevalue(page)
    index = request.getfixturevalue("index")
    listing.featured_article = make_article(index)
    listing.social_image = image()
    listing.save()
    for _ in range(3):
        teased(index)
    asked = shortened(queries(listing))
    assert len(asked) <= MOST_QUERIES_OF_A_LIST, "\n".join(asked)
