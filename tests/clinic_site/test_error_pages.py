from http import HTTPStatus
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client, RequestFactory
from django.urls import get_resolver

from clinic_info.pages import HomePage, StandardPage
from tests.factories import StandardPageFactory


@pytest.mark.parametrize("path", ["/missing/", "/articles/missing/", "/missing.php"])
def test_a_missing_page_says_so_and_shows_ways_on(
    client: Client, home: HomePage, path: str
) -> None:
    StandardPageFactory(parent=home, title="About us", slug="about", show_in_menus=True)

    response = client.get(path)

    assert response.status_code == 404
    assert "404.html" in [template.name for template in response.templates]
    page = BeautifulSoup(response.content, "html.parser")
    assert len(page.select("h1")) == 1
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    links = [link["href"] for link in page.select("main a")]
    assert links == ["/", "/articles/", "/about/"]


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/articles/", 200), ("/missing/", 404)]
)
def test_readers_get_no_cookie_and_nothing_depends_on_one(
    client: Client, home: HomePage, path: str, status: int
) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_a_page_that_was_deleted_is_missing(client: Client, home: HomePage) -> None:
    page = StandardPageFactory(parent=home, slug="about")
    assert client.get("/about/").status_code == 200

    StandardPage.objects.get(pk=page.pk).delete()

    assert client.get("/about/").status_code == 404


# Without the mark for the database, any query in here fails.
def test_the_page_for_our_own_errors_needs_no_database(rf: RequestFactory) -> None:
    handler = get_resolver().resolve_error_handler(500)

    response = handler(rf.get("/"))

    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    page = BeautifulSoup(response.content, "html.parser")
    assert page.html["lang"] == "en-gb"
    assert page.h1.get_text() == "Something went wrong on our side"
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert page.select("link[rel=stylesheet]")
    assert not page.select("script")


def test_an_error_of_ours_is_answered_with_that_page_and_no_cookie(
    client: Client, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("a patient's name")

    monkeypatch.setattr(HomePage, "get_context", fail)
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert b"Something went wrong on our side" in response.content
    assert b"patient" not in response.content
    assert not response.cookies
