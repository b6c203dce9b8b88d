import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import brotli
import pytest

from clinic_site.content_version import ENVIRON_KEY
from clinic_site.kept_answers import PACKERS
from clinic_site.page_cache import STALE_SECONDS
from tests.clinic_site.page_cache.cached_site import COMMON, Site


def test_a_page_is_rendered_once_and_then_kept(site: Site) -> None:
    first, second = site.get(), site.get()

    assert (first.state, second.state) == ("miss", "hit")
    assert first.body == second.body == b"page 1"
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Content-Length"] == "6"
    assert "X-Page-Query" not in first.headers | second.headers


def test_it_says_its_age_and_is_rendered_anew_after_its_time(site: Site) -> None:
    site.get()
    site.now += 299

    assert site.get().headers["Age"] == "299"
    site.now += 1
    assert site.get().body == b"page 2"


def test_a_change_is_seen_within_a_second(site: Site) -> None:
    site.get()
    site.version = 8

    assert site.get().body == b"page 1"
    site.now += 1.01
    reply = site.get()
    assert (reply.state, reply.body) == ("miss", b"page 2")


def test_what_was_rendered_while_the_version_moved_is_not_kept_as_new(
    site: Site,
) -> None:
    def moving() -> bytes:
        site.version = 8
        return b"old"

    site.body = moving
    site.get()
    site.now += 1.01
    site.body = lambda: b"new"

    assert site.get().body == b"new"


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_COOKIE": "a=b; sessionid=x"},
        {"HTTP_AUTHORIZATION": "Basic x"},
        {"REQUEST_METHOD": "POST"},
        {"PATH_INFO": "/admin/pages/"},
        {"PATH_INFO": "/documents/1/a.pdf"},
        {"SCRIPT_NAME": "/articles", "PATH_INFO": "/"},
        {"PATH_INFO": "/static/missing.css"},
    ],
)
def test_what_is_one_persons_own_passes(site: Site, environ: dict[str, Any]) -> None:
    site.get()

    for _ in range(2):
        reply = site.get(**environ)
        assert reply.state == "bypass"
    assert len(site.rendered) == 3
    assert "X-Page-Query" not in reply.headers


@pytest.mark.parametrize(
    "change",
    [
        [("Set-Cookie", "a=b")],
        [("Cache-Control", "private")],
        [("Cache-Control", "public, s-maxage=300, no-store")],
        [("Cache-Control", "public, s-maxage=0")],
        [("Cache-Control", "max-age=300")],
        [("Cache-Control", "")],
        [("Vary", "Cookie")],
        [("Vary", "Accept-Encoding, Cookie")],
    ],
)
def test_what_may_not_be_kept_is_not(site: Site, change: list[tuple[str, str]]) -> None:
    changed = {name for name, _value in change}
    site.headers = [pair for pair in COMMON if pair[0] not in changed] + change

    assert [site.get().state, site.get().state] == ["miss", "miss"]
    assert len(site.rendered) == 2


@pytest.mark.parametrize(
    ("status", "is_kept"),
    [
        ("404 Not Found", True),
        ("301 Moved", True),
        ("302 Found", False),
        ("500 X", False),
        ("403 X", False),
    ],
)
def test_some_answers_that_are_no_page_are_kept(
    site: Site, status: str, is_kept: bool
) -> None:
    site.status = status
    site.get()

    assert (site.get().state == "hit") is is_kept


def test_only_declared_names_of_the_query_make_a_difference(site: Site) -> None:
    site.get("/list")
    for query in ("utm_source=a", "utm_source=b&x", "fbclid=1", "?", "%ff=%fe"):
        assert site.get(f"/list?{query}").state == "hit", query
    assert site.get("/list?page=2").state == "miss"
    assert site.get("/list?utm_campaign=spring&page=2").state == "hit"
    assert site.get("/list?page=1&page=2").state == "hit"
    assert site.rendered[-1]["QUERY_STRING"] == "page=2"


def test_what_comes_with_many_other_names_is_the_same_page(site: Site) -> None:
    site.get("/list")
    others = "&".join(f"utm_{number}=x" for number in range(200))

    site.get(f"/list?page=2&{others}")

    assert site.rendered[-1]["QUERY_STRING"] == "page=2"


def test_a_flood_of_names_is_one_page(site: Site) -> None:
    site.get("/list?first=1")
    for number in range(1000):
        site.get(f"/list?n{number}={number}")

    assert len(site.rendered) == 1
    assert len(site.cache._answers) == 1


@pytest.mark.parametrize(
    "host", ["other.example", "clinic.example", "clinic.example:1", "clinic.example."]
)
def test_only_the_sites_own_host_is_kept(site: Site, host: str) -> None:
    site.get()

    assert site.get(HTTP_HOST=host).state == "bypass"
    assert site.get(HTTP_HOST="Clinic.Example:8443").state == "hit"


def test_scheme_and_path_are_told_apart(site: Site, settings: Any) -> None:
    site.get()
    assert site.get("/other").state == "miss"
    assert site.get(**{"wsgi.url_scheme": "http"}).state == "miss"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    forwarded = {"wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": "https"}
    assert site.get(**forwarded).state == "hit"
    assert site.get(**forwarded | {"HTTP_X_FORWARDED_PROTO": "http"}).state == "hit"


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found"])
def test_where_a_query_leads_to_is_not_shown_without_it(
    site: Site, status: str
) -> None:
    site.status = status
    site.headers = [pair for pair in COMMON if pair[0] != "X-Page-Query"]

    assert site.get("/old?id=3").state == "miss"
    assert site.get("/old").state == "miss"
    assert site.get("/old").state == "hit"
    assert site.get("/old?id=3").state == "miss"


@pytest.mark.parametrize("path", ["/articles/7/view/", "/articles/7/view.gif"])
def test_what_counts_views_sees_each_request_as_it_is(site: Site, path: str) -> None:
    assert site.get(path, REQUEST_METHOD="HEAD").state == "bypass"
    assert site.rendered[0]["REQUEST_METHOD"] == "HEAD"


def test_what_passes_learns_of_the_version_but_not_for_staff(site: Site) -> None:
    site.get("/articles/7/view/", REQUEST_METHOD="POST")
    site.get("/", HTTP_COOKIE="sessionid=x")

    assert [environ.get(ENVIRON_KEY) for environ in site.rendered] == [7, None]


def test_what_is_below_a_prefix_leaves_nothing_for_others(site: Site) -> None:
    site.get(SCRIPT_NAME="/articles", PATH_INFO="/news/")

    assert ENVIRON_KEY not in site.rendered[0]


def test_django_sees_a_request_without_anything_of_the_reader(site: Site) -> None:
    site.get(
        HTTP_COOKIE="theme=x",
        HTTP_ACCEPT_ENCODING="gzip",
        HTTP_IF_NONE_MATCH='"x"',
        HTTP_RANGE="bytes=0-1",
        REQUEST_METHOD="HEAD",
    )

    seen = site.rendered[0]
    assert seen["REQUEST_METHOD"] == "GET"
    assert not seen.keys() & {
        "HTTP_COOKIE",
        "HTTP_ACCEPT_ENCODING",
        "HTTP_IF_NONE_MATCH",
        "HTTP_RANGE",
    }


def test_a_form_in_another_tab_keeps_its_cookie(site: Site) -> None:
    token = "aB3d" * 8
    site.get(HTTP_COOKIE=f"theme=x; csrftoken={token}; other=y")

    assert site.rendered[0]["HTTP_COOKIE"] == f"csrftoken={token}"


@pytest.mark.parametrize(
    "value", ["", "abc", "=", r'"x\073 \163essionid=mine"', f'"{"a" * 31}\\073"']
)
def test_no_other_cookie_comes_in_the_place_of_a_forms(site: Site, value: str) -> None:
    site.get(HTTP_COOKIE=f"csrftoken={value}")

    assert "HTTP_COOKIE" not in site.rendered[0]


@pytest.mark.parametrize(
    "path",
    ["/documents-to-bring/", "/administration/", "/media-coverage/", "/newsletters/"],
)
def test_a_page_whose_address_only_begins_alike_is_kept(site: Site, path: str) -> None:
    assert [site.get(PATH_INFO=path).state for _ in range(2)] == ["miss", "hit"]


def test_head_and_304(site: Site) -> None:
    site.body = lambda: b"page " * 1000
    etag = site.get().headers["ETag"]

    head = site.get(REQUEST_METHOD="HEAD")
    assert (head.state, head.body, head.headers["Content-Length"]) == (
        "hit",
        b"",
        "5000",
    )
    for wanted in (etag, etag.removeprefix("W/"), f'"a", {etag}', "*"):
        same = site.get(HTTP_IF_NONE_MATCH=wanted)
        assert (same.status, same.body) == ("304 Not Modified", b"")
        assert same.headers["ETag"] == etag
        assert "Content-Length" not in same.headers
    assert site.get(HTTP_IF_NONE_MATCH='"other"').status == "200 OK"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP, BR;q=0.5", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("gzip; q=0.000, br ;q=0.0", ""),
        ("brotli, x-gzip", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_a_page_is_packed_as_the_browser_understands_it(
    site: Site, accepted: str, coding: str
) -> None:
    site.body = lambda: b"page " * 1000

    answer = site.get(HTTP_ACCEPT_ENCODING=accepted)

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding]
    assert unpack(answer.body) == b"page " * 1000
    assert answer.headers.get("Content-Encoding", "") == coding
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_a_page_is_packed_when_a_browser_first_asks_for_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[str] = []

    def pack(coding: str) -> Callable[[bytes], bytes]:
        return lambda body: packed.append(coding) or coding.encode()

    for coding in PACKERS:
        monkeypatch.setitem(PACKERS, coding, pack(coding))
    site.get()
    assert packed == []
    for _ in range(3):
        assert site.get(HTTP_ACCEPT_ENCODING="gzip").body == b"gzip"
        assert site.get(HTTP_ACCEPT_ENCODING="gzip, br").body == b"br"
    assert packed == ["gzip", "br"]


def test_nothing_is_shown_after_its_moment(site: Site) -> None:
    site.headers = [*COMMON, ("X-Page-Fresh-Until", str(site.now + 20))]
    site.get()
    site.now += 19
    assert site.get().state == "hit"
    site.now += 1
    assert site.get().state == "miss"
    # Not even without a database.
    site.version = None
    site.now += 30
    assert site.get().state == "miss"


def test_a_page_is_rendered_once_however_many_ask(site: Site) -> None:
    began, go_on = Event(), Event()

    def slow() -> bytes:
        began.set()
        go_on.wait(5)
        return b"slow"

    site.body = slow
    with ThreadPoolExecutor(20) as threads:
        waiting = [threads.submit(site.get) for _ in range(20)]
        began.wait(5)
        go_on.set()
        replies = [reply.result() for reply in waiting]

    assert len(site.rendered) == 1
    assert {reply.body for reply in replies} == {b"slow"}


def test_a_copy_that_only_aged_is_shown_while_another_is_rendered(site: Site) -> None:
    began, go_on = Event(), Event()
    site.get()
    site.now += 301

    def slow() -> bytes:
        began.set()
        go_on.wait(5)
        return b"new"

    site.body = slow
    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(site.get)
        began.wait(5)
        assert (site.get().state, site.get().body) == ("stale", b"page 1")
        go_on.set()
        assert renewing.result().body == b"new"
    assert site.get().body == b"new"
    assert STALE_SECONDS == 30


def test_who_waits_too_long_renders_alone(site: Site) -> None:
    site.cache._wait_seconds = 0.05
    began, go_on = Event(), Event()

    def slow() -> bytes:
        if began.is_set():
            return b"quick"
        began.set()
        go_on.wait(5)
        return b"slow"

    site.body = slow
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(site.get)
        began.wait(5)
        assert site.get().body == b"quick"
        go_on.set()
        assert first.result().body == b"slow"
