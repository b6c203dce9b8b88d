"""Beacons go past the layers of pages and sessions, and are answered as by the long way."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.view_counts.middleware import BeaconMiddleware
from articles.view_counts.models import UncountedViews
from tests.articles.view_counts.conftest import BROWSER, Send

LONG_WAY = b"the long way"


@pytest.fixture
def short() -> BeaconMiddleware:
    return BeaconMiddleware(lambda _request: HttpResponse(LONG_WAY))


def request(path: str, method: str = "POST", cookie: str = "") -> HttpRequest:
    return RequestFactory().generic(
        method,
        path,
        headers={"user-agent": BROWSER, "sec-fetch-site": "same-origin"}
        | ({"cookie": cookie} if cookie else {}),
    )


def test_a_readers_beacon_goes_the_short_way(
    short: BeaconMiddleware, article: ArticlePage
) -> None:
    path = reverse("article_view", args=[article.pk])
    for cookie in ("", "colour=blue"):
        answer = short(request(path, cookie=cookie))
        assert answer.content != LONG_WAY
        assert answer.status_code == 200
    assert ArticleFigures.objects.get(article=article).views == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_another_method_goes_the_long_way(
    short: BeaconMiddleware, article: ArticlePage, method: str
) -> None:
    path = reverse("article_view", args=[article.pk])
    assert short(request(path, method)).content == LONG_WAY


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/articles/",
        "/articles/view/",
        "/articles//view/",
        "/articles/needles/view/",
        "/articles/-1/view/",
        "/articles/٣/view/",
        "/articles/1/2/view/",
        "/articles/1/view",
        f"/articles/{10**18}/view/",
        "/articles/1/comments/",
    ],
)
def test_what_is_no_beacon_goes_the_long_way(
    short: BeaconMiddleware, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(*_arguments: object) -> HttpResponse:
        raise AssertionError(path)

    monkeypatch.setattr("articles.view_counts.middleware.beacon", counted)
    assert short(request(path)).content == LONG_WAY


@pytest.mark.django_db
def test_one_of_no_article_goes_the_long_way(short: BeaconMiddleware) -> None:
    assert short(request("/articles/999999/view/")).content == LONG_WAY


def test_one_of_an_article_that_was_just_deleted_is_not_tallied_twice(
    send: Send, article: ArticlePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the process knows of articles may be a second old.
    monkeypatch.setattr(
        "articles.view_counts.views.check_everyone_may_read", lambda *_arguments: None
    )
    key = article.pk
    article.delete()

    assert send(user_agent="curl/8.5.0", pk=key).status_code == 404
    assert not UncountedViews.objects.exists()


def test_who_may_be_signed_in_goes_the_long_way(
    short: BeaconMiddleware, article: ArticlePage
) -> None:
    path = reverse("article_view", args=[article.pk])
    assert short(request(path, cookie="sessionid=x")).content == LONG_WAY


def test_both_ways_answer_alike(
    send: Send, article: ArticlePage, settings: object
) -> None:
    shortly = send()
    settings.MIDDLEWARE = [  # type: ignore[attr-defined]
        name
        for name in settings.MIDDLEWARE  # type: ignore[attr-defined]
        if "BeaconMiddleware" not in name
    ]
    path = reverse("article_view", args=[article.pk])
    sent = {"user-agent": BROWSER, "sec-fetch-site": "same-origin"}
    at_length = Client().post(path, headers=sent, REMOTE_ADDR="192.0.2.1")

    assert (at_length.status_code, at_length.json()) == (200, shortly.json())
    headers = dict(at_length.headers)
    # Of a page in a frame: this is no page.
    del headers["X-Frame-Options"]
    assert headers == dict(shortly.headers)


def test_a_missing_article_is_answered_by_a_page_with_its_policy(send: Send) -> None:
    response = send(pk=10**9)

    assert response.status_code == 404
    assert "default-src" in response["Content-Security-Policy"]


@pytest.mark.usefixtures("article")
def test_another_name_of_the_site_is_refused(
    client: Client, article: ArticlePage
) -> None:
    path = reverse("article_view", args=[article.pk])
    response = client.post(path, HTTP_HOST="evil.example", HTTP_USER_AGENT=BROWSER)

    assert response.status_code == 400
    assert "default-src" in response["Content-Security-Policy"]
    assert ArticleFigures.objects.get(article=article).views == 0


def test_plain_http_is_led_to_https_first(
    send: Send, article: ArticlePage, settings: object
) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]

    assert send().status_code == 301
    assert ArticleFigures.objects.get(article=article).views == 0


def test_staff_are_recognised_on_the_long_way(
    client: Client,
    send: Send,
    article: ArticlePage,
    staff: Callable[[str], AbstractUser],
) -> None:
    client.force_login(staff("Editors"))

    assert send().json()["views"] == 0
