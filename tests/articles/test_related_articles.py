from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.http import HttpRequest
from wagtail.models import PageViewRestriction

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.topics import Topic
from tests.articles.visibility import HIDDEN, hide
from tests.factories import ArticlePageFactory, TopicFactory

Read = Callable[..., BeautifulSoup]


@pytest.fixture
def topic(db: None) -> Topic:
    return TopicFactory(name="Needling", slug="needling")


def titles(soup: BeautifulSoup) -> list[str]:
    return [tag.get_text() for tag in soup.select(".related .teaser__title")]


def choose(article: ArticlePage, *others: ArticlePage) -> ArticlePage:
    article.related_articles = [("article", other) for other in others]
    article.save()
    return article


def test_chosen_articles_stand_in_the_chosen_order(
    article: ArticlePage, index: ArticleIndexPage, read: Read
) -> None:
    older, newer, middle = (
        ArticlePageFactory(
            parent=index,
            title=f"From day {day}",
            first_published_at=datetime(2026, 3, day, tzinfo=UTC),
        )
        for day in (1, 9, 5)
    )
    choose(article, middle, older, newer)
    assert titles(read(article)) == ["From day 5", "From day 1", "From day 9"]


@pytest.mark.parametrize("how", HIDDEN)
def test_a_chosen_article_that_readers_may_not_see_is_left_out(
    article: ArticlePage, index: ArticleIndexPage, read: Read, how: str
) -> None:
    hidden = ArticlePageFactory(parent=index, title="Hidden")
    seen = ArticlePageFactory(parent=index, title="Seen")
    choose(article, hidden, seen)
    assert titles(read(article)) == ["Hidden", "Seen"]
    hide(hidden, how)
    assert titles(read(article)) == ["Seen"]


def test_a_chosen_article_that_was_deleted_is_left_out(
    article: ArticlePage, index: ArticleIndexPage, read: Read
) -> None:
    gone = ArticlePageFactory(parent=index, title="Gone")
    seen = ArticlePageFactory(parent=index, title="Seen")
    choose(article, gone, seen)
    gone.delete()
    assert titles(read(ArticlePage.objects.get(pk=article.pk))) == ["Seen"]


def test_an_article_never_recommends_itself(
    index: ArticleIndexPage, read: Read, topic: Topic
) -> None:
    article = ArticlePageFactory(parent=index, topic=topic)
    other = ArticlePageFactory(parent=index, title="Other", topic=topic)
    assert titles(read(article)) == ["Other"]
    choose(article, article, other)
    assert titles(read(article)) == ["Other"]


def test_without_a_choice_the_newest_of_the_same_topic_follow(
    index: ArticleIndexPage, read: Read, topic: Topic
) -> None:
    for day in (4, 9, 1, 7):
        ArticlePageFactory(
            parent=index,
            title=f"From day {day}",
            topic=topic,
            first_published_at=datetime(2026, 3, day, tzinfo=UTC),
        )
    ArticlePageFactory(parent=index, title="Of another topic", topic=TopicFactory())
    ArticlePageFactory(parent=index, title="Of no topic")
    article = ArticlePageFactory(parent=index, topic=topic)
    assert titles(read(article)) == ["From day 9", "From day 7", "From day 4"]


def test_an_article_for_which_the_topic_is_a_further_one_follows_once(
    index: ArticleIndexPage, read: Read, topic: Topic
) -> None:
    other = ArticlePageFactory(parent=index, title="Other", topic=topic)
    other.further_topics.add(topic, TopicFactory())
    other.save()
    also = ArticlePageFactory(parent=index, title="Also", topic=TopicFactory())
    also.further_topics.add(topic)
    also.save()
    article = ArticlePageFactory(parent=index, topic=topic)
    assert titles(read(article)) == ["Also", "Other"]


@pytest.mark.parametrize("how", HIDDEN)
def test_an_article_of_the_same_topic_that_readers_may_not_see_does_not_follow(
    index: ArticleIndexPage, read: Read, topic: Topic, how: str
) -> None:
    hidden = ArticlePageFactory(parent=index, title="Hidden", topic=topic)
    ArticlePageFactory(parent=index, title="Seen", topic=topic)
    article = ArticlePageFactory(parent=index, topic=topic)
    assert titles(read(article)) == ["Seen", "Hidden"]
    hide(hidden, how)
    assert titles(read(article)) == ["Seen"]


def test_an_article_without_topic_and_choice_recommends_nothing(
    article: ArticlePage, index: ArticleIndexPage, read: Read
) -> None:
    ArticlePageFactory(parent=index)
    assert read(article).find(class_="related") is None


def test_articles_below_a_private_list_are_recommended_to_nobody(
    index: ArticleIndexPage, topic: Topic
) -> None:
    article = ArticlePageFactory(parent=index, topic=topic)
    ArticlePageFactory(parent=index, topic=topic)
    assert len(article.related(HttpRequest())) == 1
    PageViewRestriction.objects.create(
        page=index, restriction_type=PageViewRestriction.LOGIN
    )
    assert ArticlePage.objects.get(pk=article.pk).related(HttpRequest()) == []
