"""Pages rendered once per content version: what stays, and what is filled in each time."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from articles.figures import ArticleFigures
from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import content_version, kept_pages
from clinic_site.abuse import stamps
from clinic_site.caching import ASKED_TO_KEEP, fresh_until, same_for_everyone
from clinic_site.content_version import ENVIRON_KEY
from clinic_site.kept_pages import KeptPagesMiddleware, Marks, shown_or_gap
from clinic_site.page_cache import PageCache
from clinic_site.wsgi import django_application
from tests.factories import ArticlePageFactory, ContactPageFactory, TopicFactory

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
        self.is_for_everyone = True
        self.middleware = KeptPagesMiddleware(self._view)

    def _view(self, request: HttpRequest) -> HttpResponse:
        self.rendered.append(request.get_full_path())
        if self.is_for_everyone:
            same_for_everyone(request, query=self.query)
        self.declare(request)
        shown = shown_or_gap(request, self.numbers, "a", str(self.number))
        text = self.text.format(shown)
        return HttpResponse(text, status=self.status, headers=self.headers)

    def numbers(self, keys: Sequence[str], _now: datetime) -> dict[str, str]:
        return dict.fromkeys(keys, str(self.number))

    def get(self, path: str = "/", version: int | None = 1, **extra: Any) -> str:
        """Ask as the page cache does."""
        self.request = request = RequestFactory().get(path, **extra)
        request.META |= {ENVIRON_KEY: version, ASKED_TO_KEEP: True}
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


def test_paths_schemes_and_declared_queries_are_pages_of_their_own(
    pages: Pages,
) -> None:
    pages.query = ("page",)
    for _ in range(2):
        pages.get("/a/")
        pages.get("/b/")
        pages.get("/a/?page=2")
        pages.get("/a/", secure=True)
    assert len(pages.rendered) == 4


def test_what_no_page_reads_does_not_fill_the_memory(pages: Pages) -> None:
    for number in range(3):
        assert pages.get(f"/?utm_source={number}") == "<p>1 views</p>"
    assert len(pages.rendered) == 3
    assert not pages.middleware._pages


def test_without_a_known_version_nothing_is_kept(pages: Pages) -> None:
    for _ in range(2):
        assert pages.get(version=None) == "<p>1 views</p>"
    assert len(pages.rendered) == 2


def test_what_the_page_cache_only_passes_on_is_rendered(pages: Pages) -> None:
    pages.get()
    for method in ("get", "head", "post"):
        request = getattr(RequestFactory(), method)("/")
        request.META[ENVIRON_KEY] = 1
        assert pages.middleware(request).text == "<p>1 views</p>"
    assert len(pages.rendered) == 4


def test_what_its_view_does_not_declare_the_same_for_everyone_is_not_kept(
    pages: Pages,
) -> None:
    pages.is_for_everyone = False
    for _ in range(2):
        assert pages.get() == "<p>1 views</p>"
    assert len(pages.rendered) == 2


def test_a_page_that_lacks_a_picture_for_the_moment_is_not_kept(pages: Pages) -> None:
    pages.text = '<img src="/media/not-found">{}'
    pages.get()
    pages.text = '<img src="/media/images/skin.webp">{}'
    assert "skin" in pages.get()


def test_a_stream_passes_untouched(pages: Pages) -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        shown_or_gap(request, pages.numbers, "a", "1")
        return StreamingHttpResponse([b"a", b"b"])

    request = RequestFactory().get("/")
    request.META |= {ENVIRON_KEY: 1, ASKED_TO_KEEP: True}
    assert KeptPagesMiddleware(view)(request).getvalue() == b"ab"


def test_a_page_ages(pages: Pages, clock: Clock) -> None:
    pages.get()
    clock.now += kept_pages.LONGEST - timedelta(seconds=1)
    pages.get()
    assert len(pages.rendered) == 1
    clock.now += timedelta(seconds=1)
    pages.get()
    assert len(pages.rendered) == 2


def test_a_page_from_before_the_clock_was_put_back_is_rendered_anew(
    pages: Pages, clock: Clock
) -> None:
    pages.get()
    clock.now -= timedelta(days=1000)
    pages.get()
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
    pages.headers = {
        "Content-Type": "text/html; charset=utf-8",
        # Of the text with its marks.
        "Content-Length": "123",
        "X-Of-View": "1",
    }
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


def test_memory_is_bounded_and_what_is_asked_for_stays(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.text = "x" * 5_000 + "{}"
    monkeypatch.setattr(kept_pages, "MOST_BYTES", 24_000)
    for number in range(6):
        pages.get(f"/{number}/")
        pages.get("/0/")
    middleware = pages.middleware
    assert [path for _scheme, path, _query in middleware._pages] == [
        "/4/",
        "/5/",
        "/0/",
    ]
    pages.get("/5/", version=2)
    kept = middleware._pages.values()
    assert middleware._bytes == sum(page.size for page in kept) <= 24_000


def asking() -> dict[str, Any]:
    """What the page cache says in a request's environment."""
    return {ENVIRON_KEY: content_version.current(), ASKED_TO_KEEP: True}


def ask(client: Client, path: str) -> str:
    response = client.get(path, **asking())
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
    rendered, kept = (client.get(article.url, **asking()) for _ in range(2))

    assert kept.headers == rendered.headers
    assert kept.templates == []
    assert rendered.templates != []


@pytest.mark.parametrize("path", ["/", "/contact/"])
def test_what_machines_are_told_of_days_is_true_until_midnight(
    client: Client, home: HomePage, clock: Clock, path: str
) -> None:
    ContactPageFactory(parent=home)
    response = client.get(path, **asking())
    # In TIME_ZONE, which is UTC.
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert float(response["X-Page-Fresh-Until"]) == midnight.timestamp()


def test_a_missing_page_has_no_mark_left_in_it(client: Client, home: object) -> None:
    before = datetime.now(UTC)
    response = client.get("/nowhere/", **asking())

    (stamp,) = re.findall(r'name="stamp" value="([^"]+)"', response.text)
    assert response.status_code == 404
    with pytest.raises(stamps.TooFastError):
        stamps.check(stamp, "newsletter:", before)


# Its requests are whole ones, which close connections.
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_behind_the_page_cache_staff_alone_are_rendered_a_page_anew(
    index: ArticleIndexPage,
) -> None:
    article = ArticlePageFactory(parent=index)
    # It keeps nothing itself, so that each request comes through.
    cache = PageCache(django_application, most_bytes=0)
    rendered: list[str] = []

    def note(sender: Any, template: Any, **_kwargs: Any) -> None:
        rendered.append(template.name)

    def get(**environ: str) -> list[str]:
        rendered.clear()
        request = RequestFactory(HTTP_HOST="localhost").get(article.url, **environ)
        assert b"".join(cache(request.environ, lambda *_arguments: None))
        return rendered

    template_rendered.connect(note)
    try:
        # The first page of all stores the clinic's details.
        get()
        assert "articles/article_page.html" in get()
        assert get() == []
        assert get(HTTP_COOKIE="other=x") == []
        assert "articles/article_page.html" in get(HTTP_COOKIE="sessionid=x")
        assert "articles/article_page.html" in get(HTTP_AUTHORIZATION="Basic x")
        assert "articles/article_page.html" in get(HTTP_HOST="localhost:81")
    finally:
        template_rendered.disconnect(note)
