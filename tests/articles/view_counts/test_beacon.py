from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.db import InterfaceError, OperationalError
from django.test import Client, override_settings
from django.utils import timezone
from wagtail.models import PageViewRestriction

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.view_counts.models import DailyViews, DayVisit, UncountedViews
from tests.articles.view_counts.conftest import BROWSER, Send
from tests.factories import ArticlePageFactory

Staff = Callable[[str], AbstractUser]


def views(article: ArticlePage) -> int:
    return ArticleFigures.objects.get(article=article).views


def test_a_view_is_counted_and_the_answer_says_the_new_number(
    send: Send, article: ArticlePage
) -> None:
    ArticleFigures.objects.filter(article=article).update(starting_views=1203)

    response = send()

    assert response.status_code == 200
    assert response.json() == {"views": 1204, "label": "1,204 views"}
    assert "no-store" in response["Cache-Control"]
    assert views(article) == 1204
    assert DailyViews.objects.get().views == 1


def test_the_same_reader_counts_once_a_day(send: Send, article: ArticlePage) -> None:
    answers = [send().json()["views"] for _ in range(3)]

    assert answers == [1, 1, 1]
    assert views(article) == DailyViews.objects.get().views == 1


def test_another_address_agent_or_article_is_another_view(
    send: Send, article: ArticlePage, index: ArticleIndexPage
) -> None:
    other = ArticlePageFactory(parent=index)
    send()
    send(address="2001:db8::7")
    send(user_agent=BROWSER.replace("140", "141"))
    send(pk=other.pk)

    assert views(article) == 3
    assert views(other) == 1


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"user_agent": None}, "no_agent"),
        ({"user_agent": " "}, "no_agent"),
        (
            {
                "user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
            },
            "bot",
        ),
        ({"user_agent": "curl/8.5.0"}, "bot"),
        ({"sec_purpose": "prefetch;prerender"}, "prefetch"),
        ({"purpose": "prefetch"}, "prefetch"),
    ],
)
def test_what_no_reader_sends_is_tallied_and_not_counted(
    send: Send, article: ArticlePage, headers: dict[str, Any], reason: str
) -> None:
    for _ in range(2):
        response = send(**headers)
        assert response.status_code == 200
        assert response.json() == {"views": 0, "label": "0 views"}

    assert views(article) == 0
    tally = UncountedViews.objects.get()
    assert (tally.reason, tally.requests) == (reason, 2)
    assert not DayVisit.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": None, "origin": "https://elsewhere.example"},
        {"sec_fetch_site": None, "origin": "null"},
    ],
)
def test_another_site_cannot_count(
    send: Send, article: ArticlePage, headers: dict[str, Any]
) -> None:
    assert send(**headers).status_code == 403
    assert views(article) == 0
    assert UncountedViews.objects.get().reason == "cross_site"


def test_a_browser_that_says_nothing_of_sites_counts(
    send: Send, article: ArticlePage
) -> None:
    assert send(sec_fetch_site=None, origin=None).json()["views"] == 1
    with override_settings(SITE_URL="https://clinic.example"):
        answer = send("192.0.2.9", sec_fetch_site=None, origin="https://clinic.example")
    assert answer.json()["views"] == 2


def test_signed_in_staff_do_not_count(
    client: Client, send: Send, article: ArticlePage, staff: Staff
) -> None:
    client.force_login(staff("Editors"))

    assert send().json()["views"] == 0
    assert UncountedViews.objects.get().reason == "staff"


def test_a_cookie_that_is_no_session_does_not_keep_a_view_out(
    client: Client, send: Send, article: ArticlePage
) -> None:
    client.cookies["sessionid"] = "made-up"

    assert send().json()["views"] == 1


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_is_a_beacon(
    client: Client, article: ArticlePage, method: str
) -> None:
    response = getattr(client, method)(
        f"/articles/{article.pk}/view/", headers={"user-agent": BROWSER}
    )

    assert response.status_code == 405
    assert views(article) == 0


def test_nobody_counts_what_nobody_may_read(
    send: Send, article: ArticlePage, index: ArticleIndexPage
) -> None:
    draft = ArticlePageFactory(parent=index, live=False)
    PageViewRestriction.objects.create(
        page=article, restriction_type=PageViewRestriction.LOGIN
    )

    assert send(pk=draft.pk).status_code == 404
    assert send().status_code == 404
    assert send(pk=10**9).status_code == 404
    assert send(pk=10**30).status_code == 404


def test_readers_get_no_cookie(send: Send, client: Client) -> None:
    send()

    assert not client.cookies


def test_counting_follows_the_article_to_another_place_and_name(
    send: Send, article: ArticlePage
) -> None:
    send()
    article.slug = "renamed"
    article.save_revision().publish()
    send("192.0.2.2")

    assert views(ArticlePage.objects.get(pk=article.pk)) == 2
    assert [(row.day, row.views) for row in DailyViews.objects.all()] == [
        (timezone.localdate(), 2)
    ]


def test_without_javascript_a_picture_counts(
    client: Client, article: ArticlePage
) -> None:
    page = client.get(article.url).content.decode()
    address = f"/articles/{article.pk}/view.gif"
    assert f'<noscript><img src="{address}"' in page
    assert f'data-view-url="/articles/{article.pk}/view/"' in page

    headers = {"user-agent": BROWSER, "sec-fetch-site": "same-origin"}
    for _ in range(2):
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        assert response["Content-Type"] == "image/gif"
        assert "no-store" in response["Cache-Control"]
    assert views(article) == 1
    assert client.head(address, headers=headers).status_code == 405
    bot = client.get(address, headers=headers | {"user-agent": "bingbot/2.0"})
    assert bot.status_code == 200
    assert views(article) == 1


def test_a_preview_sends_nothing(
    article: ArticlePage,
) -> None:
    page = article.make_preview_request(preview_mode="").content.decode()

    assert "view.js" not in page
    assert "view.gif" not in page
    assert "data-view-url" not in page


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("headers", [{}, {"user_agent": "curl/8.5.0"}])
def test_a_database_that_cannot_be_written_costs_the_count_alone(
    client: Client,
    send: Send,
    article: ArticlePage,
    headers: dict[str, Any],
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full_disk(*_arguments: Any) -> None:
        raise error("database or disk is full")

    for name in ("count_view", "tally_refusal"):
        monkeypatch.setattr(f"articles.view_counts.views.{name}", full_disk)
    response = send(**headers)

    assert response.status_code == 503
    assert "no-store" in response["Cache-Control"]
    pixel = client.get(
        f"/articles/{article.pk}/view.gif", headers={"user-agent": BROWSER}
    )
    assert pixel.status_code == 503
    assert client.get(article.url).status_code == 200


def test_a_database_that_is_gone_costs_the_count_alone(
    send: Send, article: ArticlePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_arguments: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("articles.view_counts.views.check_everyone_may_read", gone)

    assert send().status_code == 503
