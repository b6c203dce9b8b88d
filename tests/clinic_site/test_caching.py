"""What the site says of its answers to those who could keep them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import PageViewRestriction

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails
from clinic_info.pages import HomePage
from clinic_site.caching import (
    CachingMiddleware,
    fresh_until,
    same_for_everyone,
)
from clinic_site.page_cache import PageCache
from clinic_site.wsgi import application
from tests.factories import ArticlePageFactory, ContactPageFactory, StandardPageFactory

KEPT = "public, max-age=0, s-maxage=300"


@pytest.fixture
def article(index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles")


@pytest.fixture
def everything(home: HomePage, article: ArticlePage) -> dict[str, str]:
    """Each public page, and the names of the query that it reads."""
    ContactPageFactory(parent=home)
    StandardPageFactory(parent=home, slug="about")
    return {
        "/": "",
        "/articles/": "page,topic",
        "/articles/needles/": "",
        "/contact/": "",
        "/about/": "",
    }


def test_every_page_may_be_kept_and_varies_on_nothing_of_the_reader(
    client: Client, everything: dict[str, str]
) -> None:
    for path, names in everything.items():
        response = client.get(path)
        assert response["Cache-Control"] == KEPT, path
        assert response["Vary"] == "Accept-Encoding", path
        assert response["X-Page-Query"] == names, path
        assert not response.cookies, path


def test_what_staff_see_is_their_own(
    client: Client, everything: dict[str, str], staff: Callable[[str], AbstractUser]
) -> None:
    client.force_login(staff("Editors"))

    for path in [*everything, "/nowhere/"]:
        assert "public" not in client.get(path).get("Cache-Control", ""), path


def test_who_signs_out_is_a_reader_again(
    client: Client, home: HomePage, staff: Callable[[str], AbstractUser]
) -> None:
    client.force_login(staff("Editors"))

    client.post(reverse("wagtailadmin_logout"))
    # It says that this worked.
    client.get(reverse("wagtailadmin_login"))

    assert not client.cookies["sessionid"].value


@pytest.mark.parametrize(
    "kind", [PageViewRestriction.LOGIN, PageViewRestriction.PASSWORD]
)
def test_what_not_everyone_may_read_is_not_kept(
    client: Client, article: ArticlePage, kind: str
) -> None:
    PageViewRestriction.objects.create(
        page=article, restriction_type=kind, password="open"
    )

    response = client.get(article.url)

    assert "public" not in response.get("Cache-Control", "")


def test_posts_and_the_admin_are_not_kept(client: Client, home: HomePage) -> None:
    for response in (
        client.post("/"),
        client.get("/admin/"),
        client.get("/admin/login/"),
    ):
        assert "public" not in response.get("Cache-Control", "")


def test_missing_and_moved_pages_are_kept_shortly(
    client: Client, article: ArticlePage
) -> None:
    Redirect.add_redirect("/old", redirect_to=article, is_permanent=True)

    missing, moved = client.get("/nowhere/"), client.get("/old/")

    assert missing.status_code == 404
    assert missing["Cache-Control"].endswith("s-maxage=10")
    assert moved.status_code == 301
    assert moved["Cache-Control"].endswith("s-maxage=60")


def answered(render: Callable[[HttpRequest], None], **headers: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        same_for_everyone(request)
        render(request)
        return HttpResponse("page")

    return CachingMiddleware(view)(RequestFactory().get("/", headers=headers))


def test_the_earliest_moment_caps_how_long_a_page_is_kept() -> None:
    now = timezone.now()

    def render(request: HttpRequest) -> None:
        for seconds in (200, 100, 250):
            fresh_until(request, now + timedelta(seconds=seconds))

    response = answered(render)

    seconds = int(response["Cache-Control"].rpartition("=")[2])
    # As long as rendering took it is kept for less.
    assert 40 <= seconds <= 100
    until = float(response["X-Page-Fresh-Until"])
    assert until == pytest.approx((now + timedelta(seconds=100)).timestamp())


def test_what_is_true_no_longer_is_not_kept_and_nothing_beyond_five_minutes() -> None:
    now = timezone.now()
    over = answered(lambda request: fresh_until(request, now - timedelta(seconds=1)))
    later = answered(lambda request: fresh_until(request, now + timedelta(days=1)))

    assert over["Cache-Control"].endswith("s-maxage=0")
    assert later["Cache-Control"] == KEPT


@pytest.mark.parametrize("status", [301, 404])
def test_what_a_missing_or_moved_page_says_has_its_moment_too(status: int) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        fresh_until(request, timezone.now() + timedelta(seconds=3))
        return HttpResponse("closed today", status=status)

    response = CachingMiddleware(view)(RequestFactory().get("/"))

    assert int(response["Cache-Control"].rpartition("=")[2]) <= 3


def test_who_signs_in_by_a_header_gets_an_own_answer() -> None:
    response = answered(lambda _request: None, authorization="Basic x")

    assert "Cache-Control" not in response


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_served_site_keeps_pages_and_shows_a_change_at_once(
    article: ArticlePage,
) -> None:
    assert isinstance(application, PageCache)
    ClinicDetails.load()  # made when it is first read

    def get() -> tuple[str, bytes]:
        sent: dict[str, str] = {}
        environ = RequestFactory(SERVER_NAME="localhost").get(article.url).environ
        environ["HTTP_HOST"] = "localhost"
        body = b"".join(
            application(environ, lambda _status, headers: sent.update(headers))
        )
        return sent["X-Cache"], body

    assert [get()[0] for _ in range(2)] == ["miss", "hit"]
    article.title = "A title that is new"
    article.save_revision().publish()
    state, body = get()
    assert state == "miss"
    assert b"A title that is new" in body
