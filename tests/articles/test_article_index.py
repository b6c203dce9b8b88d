from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import Settings

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.topics import Topic
from clinic_info.pages import HomePage
from tests.articles.visibility import HIDDEN, hide
from tests.factories import (
    ArticlePageFactory,
    CustomImageFactory,
    StandardPageFactory,
    TopicFactory,
    picture_file,
)

Read = Callable[..., BeautifulSoup]


def titles(soup: BeautifulSoup) -> list[str]:
    return [tag.get_text() for tag in soup.select("main .teaser__title")]


def topics(soup: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in soup.select("nav.topics a")]


def canonical(soup: BeautifulSoup) -> str:
    return soup.find("link", rel="canonical")["href"]


def make_articles(index: ArticleIndexPage, number: int, **values: Any) -> list[str]:
    """Make articles, each newer than the last; return their titles, newest first."""
    made = [ArticlePageFactory(parent=index, **values) for _ in range(number)]
    return [article.title for article in reversed(made)]


@pytest.fixture
def needling(db: None) -> Topic:
    return TopicFactory(name="Micro Needling", slug="micro-needling")


# The list


def test_the_newest_article_comes_first(index: ArticleIndexPage, read: Read) -> None:
    expected = make_articles(index, 3)
    assert titles(read(index)) == expected


def test_an_article_shows_what_readers_choose_by(
    index: ArticleIndexPage, read: Read, needling: Topic
) -> None:
    article = ArticlePageFactory(
        parent=index,
        topic=needling,
        title="How needles heal",
        standfirst="For everyone with skin.",
        hero_image=CustomImageFactory(file=picture_file(size=(60, 40))),
        first_published_at=datetime(2026, 1, 15, 12, tzinfo=UTC),
    )
    teaser = read(index).find(class_="teaser")
    text = teaser.get_text(" ", strip=True)
    for said in (
        "Micro Needling",
        "15 January 2026",
        "How needles heal",
        "For everyone with skin.",
        "0 views",
        "No comments",
    ):
        assert said in text
    assert teaser.find("a")["href"] == article.get_url()
    assert teaser.find("img")["alt"] == ""


def test_the_link_to_an_article_names_it(index: ArticleIndexPage, read: Read) -> None:
    ArticlePageFactory(parent=index, title="How needles heal")
    link = read(index).find(class_="teaser__more")
    name = " ".join(link.get_text().split())
    assert name.startswith("Full article")
    assert "How needles heal" in name
    assert not link.has_attr("aria-label")


def test_lists_have_ten_articles_a_page(index: ArticleIndexPage, read: Read) -> None:
    expected = make_articles(index, 21)
    pages = [read(index), read(index, page=2), read(index, page=3)]
    assert [titles(page) for page in pages] == [
        expected[:10],
        expected[10:20],
        expected[20:],
    ]
    assert "Page 2 of 3" in pages[1].find(class_="pagination").get_text()


def test_pages_of_a_list_link_to_their_neighbours(
    index: ArticleIndexPage, read: Read, client: Client, needling: Topic
) -> None:
    make_articles(index, 21, topic=needling)
    second = read(index, topic="micro-needling", page=2)
    newer = second.find("a", rel="prev")["href"]
    older = second.find("a", rel="next")["href"]
    assert (newer, older) == ("?topic=micro-needling", "?topic=micro-needling&page=3")
    first, last = read(index), read(index, page=3)
    assert first.find("a", rel="prev") is None
    assert last.find("a", rel="next") is None
    # An empty link would lead back to the page that it stands on.
    assert read(index, page=2).find("a", rel="prev")["href"] == "?"
    answer = client.get(index.get_url() + "?")
    assert titles(BeautifulSoup(answer.content, "html.parser")) == titles(first)


def test_a_short_list_has_no_pages(index: ArticleIndexPage, read: Read) -> None:
    make_articles(index, 10)
    assert read(index).find(class_="pagination") is None


def test_an_empty_list_says_so(index: ArticleIndexPage, read: Read) -> None:
    soup = read(index)
    assert "No articles have been published yet." in soup.find("main").get_text()
    assert soup.find("nav", class_="topics") is None
    make_articles(index, 1)
    assert read(index).find(class_="list__empty") is None


# Bad addresses

BAD_PAGES = ["", "0", "-1", "1.5", "abc", "²", "9" * 30, "9" * 5000, "\x00", "1\x00"]
BAD_PAGES += [" ", "None", "1e3", "0x1", "१", "' OR 1=1 --", "<script>", "last"]
BAD_TOPICS = ["", "none", "micro", "MICRO-NEEDLING", "\x00", "micro-needling\x00", " "]
BAD_TOPICS += ["x" * 5000, "' OR 1=1 --", "<script>", "😀", "../", "1", "%"]


@pytest.mark.parametrize("value", BAD_PAGES, ids=lambda value: ascii(value)[:12])
def test_a_page_number_that_is_none_is_no_error(
    client: Client, index: ArticleIndexPage, value: str
) -> None:
    make_articles(index, 12)
    for query in (f"page={quote(value)}", f"page=1&page={quote(value)}", "page"):
        response = client.get(f"{index.get_url()}?{query}")
        assert response.status_code == 200
        soup = BeautifulSoup(response.content, "html.parser")
        assert titles(soup)
        assert canonical(soup).partition("?")[2] in {"", "page=2"}


@pytest.mark.parametrize("value", BAD_TOPICS, ids=lambda value: ascii(value)[:12])
def test_a_topic_that_is_none_is_ignored(
    client: Client, index: ArticleIndexPage, needling: Topic, value: str
) -> None:
    older = make_articles(index, 2, topic=needling)
    expected = [*make_articles(index, 1), *older]
    response = client.get(f"{index.get_url()}?topic={quote(value)}")
    assert response.status_code == 200
    soup = BeautifulSoup(response.content, "html.parser")
    assert titles(soup) == expected
    assert canonical(soup).endswith(index.get_url())


@pytest.mark.parametrize(
    "query",
    [
        "topic[]=micro-needling&page[]=2",
        "topic[a]=1&page[0]=x",
        "topic=none&topic=&page=1&page=x",
        "%00=1&topic=%00&page=%00",
        "topic=%ff%fe&page=%c3%28",
        "&&&=&?",
    ],
)
def test_a_query_of_any_shape_is_no_error(
    client: Client, index: ArticleIndexPage, needling: Topic, query: str
) -> None:
    make_articles(index, 2, topic=needling)
    response = client.get(f"{index.get_url()}?{query}")
    assert response.status_code == 200
    assert len(titles(BeautifulSoup(response.content, "html.parser"))) == 2


def test_a_page_after_the_last_shows_the_last(
    index: ArticleIndexPage, read: Read
) -> None:
    expected = make_articles(index, 12)
    soup = read(index, page=99)
    assert titles(soup) == expected[10:]
    assert canonical(soup).endswith("?page=2")


# Topics


def test_topics_are_those_with_articles_main_or_further(
    index: ArticleIndexPage, read: Read, needling: Topic
) -> None:
    TopicFactory(name="Nobody wrote about this")
    further = TopicFactory(name="Aftercare", slug="aftercare")
    article = ArticlePageFactory(parent=index, topic=needling)
    article.further_topics.add(further)
    article.save()
    assert topics(read(index)) == ["All", "Aftercare", "Micro Needling"]


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("further", [False, True])
def test_a_topic_whose_articles_readers_may_not_see_is_left_out(
    index: ArticleIndexPage, read: Read, needling: Topic, how: str, further: bool
) -> None:
    article = ArticlePageFactory(parent=index, topic=None if further else needling)
    if further:
        article.further_topics.add(needling)
        article.save()
    assert topics(read(index)) == ["All", "Micro Needling"]
    hide(article, how)
    soup = read(index, topic="micro-needling")
    assert topics(soup) == []
    assert "Micro Needling" not in soup.get_text()


def test_a_topic_narrows_the_list_down(
    index: ArticleIndexPage, read: Read, needling: Topic
) -> None:
    needling.description = "What fine needles do to skin."
    needling.save()
    make_articles(index, 2, topic=TopicFactory())
    expected = make_articles(index, 2, topic=needling)
    also = ArticlePageFactory(parent=index, topic=TopicFactory())
    also.further_topics.add(needling)
    also.save()
    soup = read(index, topic="micro-needling")
    assert titles(soup) == [also.title, *expected]
    assert soup.find("h1").get_text() == "Micro Needling"
    assert "What fine needles do to skin." in soup.find("main").get_text()
    current = soup.select("nav.topics [aria-current]")
    assert [link.get_text() for link in current] == ["Micro Needling"]


def test_an_article_with_its_main_topic_as_a_further_one_stands_once(
    index: ArticleIndexPage, read: Read, needling: Topic
) -> None:
    article = ArticlePageFactory(parent=index, topic=needling)
    article.further_topics.add(needling, TopicFactory())
    article.save()
    assert titles(read(index, topic="micro-needling")) == [article.title]


def test_each_page_of_the_list_has_an_address_and_a_title_of_its_own(
    index: ArticleIndexPage, read: Read, needling: Topic, settings: Settings
) -> None:
    make_articles(index, 12, topic=needling)
    pages = [
        read(index),
        read(index, page=2),
        read(index, topic="micro-needling"),
        read(index, topic="micro-needling", page=2, utm_source="x"),
    ]
    address = settings.SITE_URL + index.get_url()
    assert [canonical(page) for page in pages] == [
        address,
        f"{address}?page=2",
        f"{address}?topic=micro-needling",
        f"{address}?topic=micro-needling&page=2",
    ]
    assert len({page.find("title").get_text() for page in pages}) == 4


# The featured article


@pytest.fixture
def featured(index: ArticleIndexPage) -> ArticlePage:
    """The oldest article, which staff put above the list."""
    article = ArticlePageFactory(parent=index, title="Featured")
    index.featured_article = article
    index.save()
    return article


def test_the_featured_article_stands_above_the_list_and_not_in_it(
    index: ArticleIndexPage, read: Read, featured: ArticlePage
) -> None:
    expected = make_articles(index, 11)
    soup = read(index)
    assert titles(soup) == ["Featured", *expected[:10]]
    assert soup.find(class_="teaser--large").find("h2").get_text() == "Featured"
    second = read(index, page=2)
    assert titles(second) == expected[10:]
    assert second.find(class_="teaser--large") is None


def test_below_a_topic_the_featured_article_is_one_among_others(
    index: ArticleIndexPage, read: Read, featured: ArticlePage, needling: Topic
) -> None:
    featured.topic = needling
    featured.save()
    newer = make_articles(index, 1, topic=needling)
    soup = read(index, topic="micro-needling")
    assert titles(soup) == [*newer, "Featured"]
    assert soup.find(class_="teaser--large") is None


@pytest.mark.parametrize("how", HIDDEN)
def test_a_featured_article_that_readers_may_not_see_is_not_shown(
    index: ArticleIndexPage, read: Read, featured: ArticlePage, how: str
) -> None:
    expected = make_articles(index, 1)
    hide(featured, how)
    assert titles(read(index)) == expected


def test_a_list_of_only_the_featured_article_is_not_empty(
    index: ArticleIndexPage, read: Read, featured: ArticlePage
) -> None:
    soup = read(index)
    assert titles(soup) == ["Featured"]
    assert soup.find(class_="list__empty") is None


def test_deleting_the_featured_article_leaves_the_list(
    index: ArticleIndexPage, read: Read, featured: ArticlePage
) -> None:
    featured.delete()
    assert titles(read(ArticleIndexPage.objects.get())) == []


# What readers may not see


@pytest.mark.parametrize("how", HIDDEN)
def test_lists_show_no_article_that_readers_may_not_see(
    index: ArticleIndexPage, home: HomePage, read: Read, how: str
) -> None:
    hidden = ArticlePageFactory(parent=index, title="Hidden")
    ArticlePageFactory(parent=index, title="Seen")
    assert titles(read(index)) == titles(read(home)) == ["Seen", "Hidden"]
    hide(hidden, how)
    assert titles(read(index)) == titles(read(home)) == ["Seen"]


def test_staff_see_the_same_lists_as_readers(
    index: ArticleIndexPage, admin_client: Client
) -> None:
    ArticlePageFactory(parent=index, live=False)
    response = admin_client.get(index.get_url())
    assert titles(BeautifulSoup(response.content, "html.parser")) == []


@pytest.mark.parametrize("how", HIDDEN)
def test_menus_link_to_no_page_that_readers_may_not_see(
    home: HomePage, read: Read, how: str
) -> None:
    page = StandardPageFactory(
        parent=home, title="Insiders", show_in_menus=True, show_in_footer=True
    )
    soup = read(home)
    assert soup.find("header").find("a", href=page.get_url())
    assert soup.find("footer").find("a", href=page.get_url())
    hide(page, how)
    soup = read(home)
    assert soup.find("a", href=page.get_url()) is None
    assert "Insiders" not in soup.get_text()
