from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from hypothesis import settings as hypothesis_settings
from wagtail.models import Page

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.factories import ArticlePageFactory

# How long an example takes says how busy the machine is, not whether it is right.
hypothesis_settings.register_profile("tests", deadline=None)
hypothesis_settings.load_profile("tests")


@pytest.fixture
def article(index: ArticleIndexPage) -> ArticlePage:
    """A published article below the list."""
    return ArticlePageFactory(parent=index)


@pytest.fixture
def read(client: Client) -> Callable[..., BeautifulSoup]:
    """Get a page as a reader does: `read(article)`, `read(index, page=2)`."""

    def get(page: Page, /, **query: Any) -> BeautifulSoup:
        response = client.get(page.get_url(), query)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get
