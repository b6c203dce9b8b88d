from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.view_counts import visitors
from tests.factories import ArticlePageFactory

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

Send = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _no_key_of_another_test() -> Iterator[None]:
    visitors.day_key.cache_clear()
    yield
    visitors.day_key.cache_clear()


@pytest.fixture
def article(index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles")


@pytest.fixture
def send(client: Client, article: ArticlePage) -> Send:
    """Send a beacon as a browser does, unless headers say otherwise."""

    def beacon(address: str = "192.0.2.1", pk: int = 0, **headers: Any) -> HttpResponse:
        sent = {
            "user-agent": BROWSER,
            "sec-fetch-site": "same-origin",
            "origin": "http://localhost",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(
            f"/articles/{pk or article.pk}/view/",
            headers={name: value for name, value in sent.items() if value is not None},
            REMOTE_ADDR=address,
        )

    return beacon
