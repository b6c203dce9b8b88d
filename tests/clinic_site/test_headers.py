from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings
from wagtail.documents.models import Document

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.factories import ArticlePageFactory

PUBLIC_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
}


def policy(response: HttpResponse) -> dict[str, list[str]]:
    """Return the directives of an answer's Content-Security-Policy."""
    directives = response.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, *sources in map(str.split, directives)}


@pytest.fixture
def editor_client(client: Client, staff: Callable[[str], AbstractUser]) -> Client:
    client.force_login(staff("Editors"))
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/articles/", 200),
        ("/articles", 301),
        ("/missing/", 404),
        ("/articles/missing/", 404),
        ("/media/images/missing.jpg", 404),
        ("/static/missing.css", 404),
        ("/documents/1/missing.pdf", 404),
        # Not the admin, though it begins like it.
        ("/administration/", 404),
    ],
)
def test_readers_get_the_strict_policy(
    client: Client, home: HomePage, path: str, status: int
) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert policy(response) == PUBLIC_POLICY


def test_an_answer_to_a_wrong_host_has_the_strict_policy(
    client: Client, home: HomePage
) -> None:
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert policy(response) == PUBLIC_POLICY


def test_a_wrong_method_gets_the_strict_policy(client: Client, home: HomePage) -> None:
    response = client.post("/media/images/skin.jpg")

    assert response.status_code == 405
    assert policy(response) == PUBLIC_POLICY


def test_a_broken_page_has_the_strict_policy(
    client: Client, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(HomePage, "get_context", fail)
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    assert policy(response) == PUBLIC_POLICY


def test_a_stylesheet_needs_no_policy_but_keeps_its_type(client: Client) -> None:
    response = client.get("/static/css/base.css")

    assert response.status_code == 200
    assert "Content-Security-Policy" not in response
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_answer_that_is_no_page_needs_no_policy(
    client: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index)

    response = client.post(f"/articles/{article.pk}/view/")

    assert response["Content-Type"] == "application/json"
    assert "Content-Security-Policy" not in response
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_login_page_allows_what_wagtail_writes_inline(
    client: Client, home: HomePage
) -> None:
    login = policy(client.get("/admin/login/"))

    assert login["script-src"] == ["'self'", "'unsafe-inline'"]
    assert login["style-src"] == ["'self'", "'unsafe-inline'"]


def test_the_admin_allows_inline_code_but_nothing_from_other_hosts(
    editor_client: Client, index: ArticleIndexPage
) -> None:
    for path in ("/admin/", f"/admin/pages/{index.pk}/edit/", "/admin/missing/"):
        admin = policy(editor_client.get(path))

        assert "'unsafe-inline'" in admin["script-src"]
        assert "'unsafe-inline'" in admin["style-src"]
        sources = {source for sources in admin.values() for source in sources}
        assert sources <= {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:"}


def test_editors_get_the_strict_policy_on_public_pages(
    editor_client: Client, home: HomePage
) -> None:
    assert policy(editor_client.get("/")) == PUBLIC_POLICY


def test_a_document_keeps_its_own_narrower_policy(client: Client, db: None) -> None:
    document = Document.objects.create(
        title="Leaflet", file=ContentFile(b"%PDF-1.4", name="leaflet.pdf")
    )

    response = client.get(document.url)

    assert response.status_code == 200
    assert policy(response) == {"default-src": ["'none'"]}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Permissions-Policy" in response.headers


def test_djangos_pages_for_developers_keep_their_styles(
    client: Client, home: HomePage, settings: Settings
) -> None:
    settings.DEBUG = True

    missing = client.get("/missing/")
    found = client.get("/")

    assert "Content-Security-Policy" not in missing.headers
    assert policy(found) == PUBLIC_POLICY


@pytest.mark.parametrize("path", ["/", "/missing/", "/admin/login/"])
def test_browsers_are_told_what_not_to_do(
    client: Client, home: HomePage, path: str
) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    denied = headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(denied)
    assert all(entry.endswith("=()") for entry in denied)


def test_https_answers_ask_for_https_for_a_year(
    client: Client, home: HomePage, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000

    redirect = client.get("/articles/?page=2")
    answer = client.get("/", secure=True)

    assert redirect.status_code == 301
    assert redirect.headers["Location"] == "https://testserver/articles/?page=2"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
