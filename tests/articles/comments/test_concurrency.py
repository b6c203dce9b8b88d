"""Several at once: nothing is lost, no number is wrong, nobody gets a server error."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from wagtail.models import Page

from articles.comments import decisions
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from tests.articles.comments.conftest import NOW, Make, fields

Status = Comment.Status

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run functions in threads that begin together; return what they return."""
    barrier = Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(run, functions))


def write(article: ArticlePage, number: int) -> int:
    response = Client().post(
        f"/articles/{article.pk}/comments/",
        fields(
            article, text=f"Comment number {number}", email=f"w{number}@mail.example"
        ),
        headers={"sec-fetch-site": "same-origin"},
        REMOTE_ADDR=f"198.51.{number}.1",
    )
    return response.status_code


def test_sixteen_writers_at_once_are_all_kept(article: ArticlePage) -> None:
    answers = at_once(*(lambda n=n: write(article, n) for n in range(16)))

    assert answers == [303] * 16
    assert sorted(Comment.objects.values_list("text", flat=True)) == sorted(
        f"Comment number {n}" for n in range(16)
    )


def test_two_who_decide_the_same_comment_leave_one_decision(
    make: Make, article: ArticlePage
) -> None:
    for _round in range(8):
        comment = make()
        changed = at_once(
            lambda pk=comment.pk: decisions.decide(
                [pk], Status.APPROVED, by=None, now=NOW
            ),
            lambda pk=comment.pk: decisions.decide(
                [pk], Status.REJECTED, by=None, now=NOW
            ),
        )
        # Whoever came second saw what the first had decided.
        befores = sorted(change[1] for answer in changed for change in answer)
        assert befores in (["approved", "awaiting"], ["awaiting", "rejected"])

    shown = Comment.objects.shown().count()
    assert ArticleFigures.objects.get(article=article).approved_comments == shown


def test_the_number_is_right_however_many_decide_at_once(
    make: Make, article: ArticlePage
) -> None:
    pks = [make().pk for _ in range(12)]

    at_once(
        *(
            lambda pk=pk: decisions.decide([pk], Status.APPROVED, by=None, now=NOW)
            for pk in pks
        )
    )

    assert ArticleFigures.objects.get(article=article).approved_comments == 12


def test_the_same_decision_twice_at_once_is_one(make: Make) -> None:
    comment = make()

    changed = at_once(
        *[
            lambda: decisions.decide([comment.pk], Status.APPROVED, by=None, now=NOW)
            for _ in range(4)
        ]
    )

    assert sorted(len(answer) for answer in changed) == [0, 0, 0, 1]


def test_an_article_is_deleted_while_people_decide_and_write(
    make: Make, article: ArticlePage
) -> None:
    get_user_model().objects.create_superuser(
        "chief", "chief@clinic.example", "password"
    )
    comment = make()

    def decide() -> int:
        client = Client(raise_request_exception=False)
        client.login(username="chief", password="password")
        address = f"/admin/comments/edit/{comment.pk}/"
        return client.post(address, {"action": "approve"}, follow=True).status_code

    answers = at_once(
        lambda: Page.objects.get(pk=article.pk).delete(),
        decide,
        *(lambda n=n: write(article, n) for n in range(6)),
    )

    assert answers[1] == 200
    assert set(answers[2:]) <= {303, 404, 422}
    assert not Comment.objects.exists()
    assert not ArticlePage.objects.filter(pk=article.pk).exists()
