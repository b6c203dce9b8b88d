import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string
from gunicorn.config import Config

from clinic_info.pages import HomePage
from clinic_site.logs import GunicornLogger, MaskingFormatter, masked

PRIVATE = "Zm9vYmFyYmF6-secret"


def routes_with_a_token(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_with_a_token(pattern.url_patterns, route)
        elif "token" in route:
            yield route


def address(route: str) -> str:
    route = re.sub(r"<(\w+:)?token>|\(\?P<token>.*?\)", PRIVATE, route)
    return "/" + re.sub(r"<[^>]*>|\(\?P<.*?\)", "7", route).strip("^$\\Z")


def test_every_address_with_a_token_is_masked() -> None:
    routes = list(routes_with_a_token(get_resolver().url_patterns))

    assert len(routes) >= 5
    for route in routes:
        line = f"Not Found: {address(route)}"
        assert PRIVATE in line
        assert PRIVATE not in masked(line)


def test_other_addresses_stay_as_they_are() -> None:
    for path in ("/newsletter/archive/12/", "/articles/7/comments/?page=2", "/admin/"):
        assert masked(f"GET {path} HTTP/1.1") == f"GET {path} HTTP/1.1"


def test_what_the_site_logs_of_a_request_is_masked(
    client: Client, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = next(
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, MaskingFormatter)
    )
    monkeypatch.setattr(handler, "stream", StringIO())

    client.get(f"/newsletter/confirm/{PRIVATE}/nothing/")
    try:
        raise ValueError(f"/newsletter/unsubscribe/{PRIVATE}/")
    except ValueError:
        logging.getLogger("articles").exception("A job failed")

    assert "/newsletter/confirm/…" in handler.stream.getvalue()
    assert "ValueError: /newsletter/unsubscribe/…" in handler.stream.getvalue()
    assert PRIVATE not in handler.stream.getvalue()


def test_the_log_of_requests_is_masked() -> None:
    path = reverse("newsletter_unsubscribe", args=[PRIVATE])
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://clinic.example{path}",
    }
    answer = SimpleNamespace(status="200 OK", sent=1, headers=[])

    atoms = GunicornLogger(Config()).atoms(answer, [], environ, timedelta(seconds=1))

    assert atoms["U"] == "/newsletter/unsubscribe/…"
    assert not any(PRIVATE in str(atoms[name]) for name in ("r", "U", "f"))


def test_the_log_of_troubles_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = GunicornLogger(Config())
    written = StringIO()
    for handler in logger.error_log.handlers:
        monkeypatch.setattr(handler, "stream", written)

    logger.warning("Invalid request from ip=203.0.113.7: Invalid HTTP Version")
    logger.error("Error handling request GET /newsletter/confirm/%s/", PRIVATE)

    assert "from ip=… Invalid HTTP Version" in written.getvalue()
    assert PRIVATE not in written.getvalue()
    assert "203.0.113.7" not in written.getvalue()


def test_the_image_logs_requests_masked_and_without_addresses() -> None:
    command = (Path(settings.BASE_DIR) / "Dockerfile").read_text()

    (logger,) = re.findall(r'"--logger-class", "([^"]+)"', command)
    assert import_string(logger) is GunicornLogger
    (written,) = re.findall(r'"--access-logformat", "([^"]+)"', command)
    assert set(re.findall(r"%\((\w+)\)s", written)) <= set("tmUsbM")
