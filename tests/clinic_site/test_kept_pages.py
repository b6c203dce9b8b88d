"""Pages rendered once per content version: what stays, and what is filled in each time."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site import content_version, kept_pages
from clinic_site.abuse import stamps
from clinic_site.caching import fresh_until, same_for_everyone
from clinic_site.content_version import ENVIRON_KEY
from clinic_site.kept_pages import KeptPagesMiddleware, Marks, shown_or_gap
from tests.factories import ArticlePageFactory, TopicFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(kept_pages.timezone, "now", clock)
    return clock


class Pages:
    """Pages with a gap behind the middleware; counts how often each was rendered."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.number = 1
        self.status = 200
        self.headers: dict[str, str] = {}
        self.text = "<p>{} views</p>"
        self.query: tuple[str, ...] = ()
        self.declare: Callable[[HttpRequest], None] = lambda _request: None
        self.middleware = KeptPagesMiddleware(self._view)

    def _view(self, request: HttpRequest) -> HttpResponse:
        self.rendered.append(request.get_full_path())
        same_for_everyone(request, query=self.query)
        self.declare(request)
        shown = shown_or_gap(request, self.numbers, "a", str(self.number))
        text = self.text.format(shown)
        return HttpResponse(text, status=self.status, headers=self.headers)

    def numbers(self, keys: Sequence[str], _now: datetime) -> dict[str, str]:
        return dict.fromkeys(keys, str(self.number))

    def get(self, path: str = "/", version: int | None = 1, **extra: str) -> str:
        known = {} if version is None else {ENVIRON_KEY: version}
        request = RequestFactory().get(path, **known, **extra)
        self.request = request
        self.response = self.middleware(request)
        return self.response.text


@pytest.fixture
def pages(clock: Clock) -> Pages:
    return Pages()


def test_a_page_is_rendered_once_and_filled_each_time(pages: Pages) -> None:
    assert pages.get() == "<p>1 views</p>"
    pages.number = 2
    assert pages.get() == "<p>2 views</p>"
    assert len(pages.rendered) == 1


def test_another_version_is_rendered_anew(pages: Pages) -> None:
    pages.get()
    pages.text = "<p>New: {}</p>"
    assert pages.get(version=2) == "<p>New: 1</p>"
    assert len(pages.rendered) == 2


def test_paths_hosts_and_declared_queries_are_pages_of_their_own(
    pages: Pages, settings: object
) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    pages.query = ("page",)
    for _ in range(2):
        pages.get("/a/")
        pages.get("/b/")
        pages.get("/a/?page=2")
        pages.get("/a/", HTTP_HOST="other.example")
    assert len(pages.rendered) == 4


def test_what_no_page_reads_does_not_fill_the_memory(pages: Pages) -> None:
    for number in range(3):
        assert pages.get(f"/?utm_source={number}") == "<p>1 views</p>"
    assert len(pages.rendered) == 3
    assert not pages.middleware._pages


def test_a_request_that_names_no_version_is_answered_by_the_view(pages: Pages) -> None:
    for _ in range(2):
        assert pages.get(version=None) == "<p>1 views</p>"
    assert len(pages.rendered) == 2


def test_a_page_ages(pages: Pages, clock: Clock) -> None:
    pages.get()
    clock.now += kept_pages.LONGEST - timedelta(seconds=1)
    pages.get()
    assert len(pages.rendered) == 1
    clock.now += timedelta(seconds=1)
    pages.get()
    assert len(pages.rendered) == 2


def test_a_page_is_not_shown_when_it_is_true_no_longer(
    pages: Pages, clock: Clock
) -> None:
    until = NOON + timedelta(minutes=10)
    pages.declare = lambda request: fresh_until(request, until)
    pages.get()
    clock.now = until - timedelta(seconds=1)
    pages.get()
    assert len(pages.rendered) == 1
    assert pages.request.page_fresh_until == until
    clock.now = until
    pages.get()
    assert len(pages.rendered) == 2


@pytest.mark.parametrize(
    "headers",
    [{"Cache-Control": "no-store"}, {"Vary": "Cookie"}, {"Vary": "Accept, cookie"}],
)
def test_what_is_not_for_everyone_is_filled_but_not_kept(
    pages: Pages, headers: dict[str, str]
) -> None:
    pages.headers = headers
    for _ in range(2):
        assert pages.get() == "<p>1 views</p>"
    assert len(pages.rendered) == 2


@pytest.mark.parametrize("status", [404, 410, 500])
def test_a_page_that_says_no_is_filled_but_not_kept(pages: Pages, status: int) -> None:
    pages.status = status
    for _ in range(2):
        assert pages.get() == "<p>1 views</p>"
        assert pages.response.status_code == status
    assert len(pages.rendered) == 2


def test_a_page_that_sets_a_cookie_is_not_kept(pages: Pages) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        response = pages._view(request)
        response.set_cookie("a", "b")
        return response

    pages.middleware = KeptPagesMiddleware(view)
    for _ in range(2):
        pages.get()
    assert len(pages.rendered) == 2


def test_headers_of_a_kept_page_are_those_of_its_view(pages: Pages) -> None:
    pages.headers = {"Content-Type": "text/html; charset=utf-8", "X-Of-View": "1"}
    pages.get()
    first = dict(pages.response.headers)
    pages.number = 1_000
    pages.get()
    assert dict(pages.response.headers) == first
    assert "Content-Length" not in first


def test_what_fills_a_gap_is_escaped(pages: Pages) -> None:
    pages.number = "<b>&"  # type: ignore[assignment]
    for _ in range(2):
        assert pages.get() == "<p>&lt;b&gt;&amp; views</p>"


def test_nobody_can_write_a_mark(pages: Pages) -> None:
    guess = Marks().mark(0)
    pages.text = f"<p>{guess}0:{{}}</p>"
    for _ in range(2):
        assert pages.get() == f"<p>{guess}0:1</p>"


def test_memory_is_bounded_and_the_oldest_goes_first(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.text = "x" * 5_000 + "{}"
    monkeypatch.setattr(kept_pages, "MOST_BYTES", 20_000)
    for number in range(6):
        pages.get(f"/{number}/")
    assert [path for _host, path, _query in pages.middleware._pages] == [
        "/3/",
        "/4/",
        "/5/",
    ]
    pages.get("/5/", version=2)
    kept = pages.middleware._pages.values()
    assert pages.middleware._bytes == sum(page.size for page in kept) <= 20_000


def ask(client: Client, path: str) -> str:
    response = client.get(path, **{ENVIRON_KEY: content_version.current()})
    assert response.status_code == 200
    return str(response.text)


def test_numbers_of_views_are_the_present_ones_wherever_they_stand(
    client: Client, index: ArticleIndexPage
) -> None:
    topic = TopicFactory()
    article, other = (ArticlePageFactory(parent=index, topic=topic) for _ in range(2))
    pages = [article.url, index.url, "/"]
    before = {path: ask(client, path) for path in pages}
    ArticleFigures.objects.filter(article=article).update(counted_views=1_204)
    ArticleFigures.objects.filter(article=other).update(counted_views=77)

    for path in pages:
        with CaptureQueriesContext(connection) as captured:
            after = ask(client, path)
        assert "1,204 views" in after, path
        assert "77 views" in after, path
        assert "1,204 views" not in before[path], path
        # The test's own question for the version, and one for all numbers.
        assert len(captured) == 2, path
        assert without_what_changes(after) == without_what_changes(before[path])


def without_what_changes(html: str) -> str:
    html = re.sub(r"[\d,]+ views?", "views", html)
    return re.sub(r'name="stamp" value="[^"]+"', "stamp", html)


def test_forms_on_a_kept_page_are_stamped_with_the_present_time(
    client: Client, index: ArticleIndexPage, clock: Clock
) -> None:
    article = ArticlePageFactory(parent=index)
    ask(client, article.url)
    clock.now += timedelta(minutes=30)

    found = re.findall(r'name="stamp" value="([^"]+)"', ask(client, article.url))

    purposes = [f"comment:{article.pk}", "newsletter:"]
    assert len(found) == len(purposes)
    for stamp, purpose in zip(found, purposes, strict=True):
        stamps.check(stamp, purpose, clock.now + stamps.LONGEST)
        with pytest.raises(stamps.TooOldError):
            stamps.check(stamp, purpose, clock.now + stamps.LONGEST * 2)


def test_a_kept_page_says_of_itself_what_a_rendered_one_says(
    client: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index)
    version = {ENVIRON_KEY: content_version.current()}

    rendered, kept = (client.get(article.url, **version) for _ in range(2))

    assert kept.headers == rendered.headers
    assert kept.templates == []
    assert rendered.templates != []


def test_a_missing_page_has_no_mark_left_in_it(client: Client, home: object) -> None:
    version = {ENVIRON_KEY: content_version.current()}

    response = client.get("/nowhere/", **version)

    (stamp,) = re.findall(r'name="stamp" value="([^"]+)"', response.text)
    assert response.status_code == 404
    with pytest.raises(stamps.TooFastError):
        stamps.check(stamp, "newsletter:", datetime.now(UTC))


@pytest.mark.usefixtures("home")
def test_staff_are_shown_what_is_rendered_for_them(
    client: Client, index: ArticleIndexPage, staff: Callable[[str], AbstractUser]
) -> None:
    article: ArticlePage = ArticlePageFactory(parent=index)
    client.force_login(staff("Editors"))

    for _ in range(2):
        # The page cache names no version for those who have a session.
        assert client.get(article.url).templates
