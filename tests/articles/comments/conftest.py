from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from articles.comments import decisions
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site.abuse import stamps
from tests.factories import ArticlePageFactory, CommentFactory

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

Send = Callable[..., HttpResponse]
Make = Callable[..., Comment]
Later = Callable[[timedelta], None]


@pytest.fixture
def article(index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles", title="Needles & skin")


@pytest.fixture
def make(article: ArticlePage) -> Make:
    """Make a comment below the article, its figures kept: `make(approved=True)`."""

    def made(**values: Any) -> Comment:
        comment = CommentFactory(**{"article": article} | values)
        decisions.recount(comment.article_id)
        return comment

    return made


def fields(article: ArticlePage, **values: Any) -> dict[str, Any]:
    """Return what a browser sends of a form that was rendered a minute ago."""
    rendered = timezone.now() - timedelta(minutes=1)
    return {
        "name": "Maria",
        "email": "maria@mail.example",
        "text": "How long does the redness last?",
        "website": "",
        "parent": "",
        "stamp": stamps.make(f"comment:{article.pk}", rendered),
    } | values


@pytest.fixture
def send(client: Client, article: ArticlePage) -> Send:
    """Send a comment as a browser does, unless values say otherwise."""

    def post(
        sender: str = "192.0.2.1",
        site: str = "same-origin",
        to: ArticlePage | None = None,
        follow: bool = False,
        **values: Any,
    ) -> HttpResponse:
        target = to or article
        return client.post(
            f"/articles/{target.pk}/comments/",
            fields(target, **values),
            headers={"sec-fetch-site": site},
            REMOTE_ADDR=sender,
            follow=follow,
        )

    return post


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Move the clock on: `later(timedelta(minutes=11))`."""

    def move(by: timedelta) -> None:
        moment = timezone.now() + by
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        monkeypatch.setattr("time.time", moment.timestamp)

    return move
