"""The discussion as readers page through it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.comments import decisions, threads
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from tests.articles.comments.conftest import NOW, Make
from tests.factories import FIRST_DAY


def many(article: ArticlePage, number: int) -> list[Comment]:
    made = Comment.objects.bulk_create(
        Comment(
            article=article,
            name=f"Reader {n}",
            text=f"Comment number {n}.",
            status="approved",
            written_at=FIRST_DAY + timedelta(minutes=n),
            decided_at=NOW,
        )
        for n in range(number)
    )
    decisions.recount(article.pk)
    return made


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_answers_follow_what_they_answer_oldest_first(
    make: Make, article: ArticlePage
) -> None:
    first = make(approved=True, written_at=NOW)
    second = make(approved=True, written_at=NOW + timedelta(minutes=1))
    late = make(approved=True, parent=first, written_at=NOW + timedelta(days=2))
    early = make(approved=True, parent=first, written_at=NOW + timedelta(days=1))
    zeroth = make(approved=True, written_at=NOW - timedelta(days=9))
    article.refresh_from_db()

    shown = threads.discussion(article).comments

    assert [comment.pk for comment in shown] == [
        comment.pk for comment in (zeroth, first, early, late, second)
    ]


def test_a_hundred_comments_are_two_pages(client: Client, article: ArticlePage) -> None:
    many(article, 100)
    address = f"/articles/{article.pk}/comments/"

    page = client.get(article.url).content.decode()
    assert page.count('id="comment:') - page.count('id="comment:form') >= 50
    assert page.count("100 comments<") == 2
    assert "Comment number 49." in page
    assert "Comment number 50." not in page
    assert f'href="{address}?page=2#comments"' in page
    second = client.get(f"{address}?page=2").content.decode()
    assert "Comment number 50." in second
    assert "Comment number 99." in second
    assert "Comment number 49." not in second
    assert "Later comments" not in second


def test_a_comment_has_an_address_on_its_page(article: ArticlePage) -> None:
    made = many(article, 60)

    assert threads.address_of(made[3]).endswith(
        f"/articles/needles/#comment:{made[3].pk}"
    )
    assert threads.address_of(made[55]).endswith(
        f"/articles/{article.pk}/comments/?page=2#comment:{made[55].pk}"
    )


def test_an_article_without_comments_asks_nothing_more(
    client: Client, article: ArticlePage
) -> None:
    client.get(article.url)
    with CaptureQueriesContext(connection) as captured:
        client.get(article.url)

    assert not [q for q in captured.captured_queries if "articles_comment" in q["sql"]]


def test_five_thousand_comments_ask_no_more_than_five(
    client: Client, article: ArticlePage
) -> None:
    many(article, 5)
    few = queries(client, article.url)
    few_of_discussion = queries(client, f"/articles/{article.pk}/comments/")
    many(article, 4995)

    assert queries(client, article.url) == few
    discussion = f"/articles/{article.pk}/comments/"
    assert queries(client, discussion) == few_of_discussion
    assert queries(client, f"{discussion}?page=100") == few_of_discussion


@pytest.mark.parametrize("page", ["article", "discussion"])
def test_no_one_is_told_an_address(
    client: Client, make: Make, article: ArticlePage, page: str
) -> None:
    comment = make(approved=True)
    address = article.url if page == "article" else f"/articles/{article.pk}/comments/"

    assert comment.email not in client.get(address).content.decode()


def test_the_discussion_may_be_kept_and_is_the_same_for_everyone(
    client: Client, make: Make, article: ArticlePage
) -> None:
    make(approved=True)
    response = client.get(f"/articles/{article.pk}/comments/?page=1&utm_source=x")

    assert "s-maxage" in response["Cache-Control"]
    assert response["Vary"] == "Accept-Encoding"
    assert not client.cookies
