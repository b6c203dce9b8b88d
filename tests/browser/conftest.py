"""A real browser: Debian's Chromium, against Django's own live server."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

expect.set_options(timeout=20_000)

CHROMIUM = shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: sudo apt-get install chromium")
    # Playwright keeps an event loop in this thread, which Django would take for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # In its event loop Django has another connection, which knows nothing yet of the
    # content that serialized_rollback brings back.
    serialized = connection._test_serialized_contents
    with sync_playwright() as playwright:
        connection._test_serialized_contents = serialized
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server(django_db_serialized_rollback: None, live_server: LiveServer) -> LiveServer:
    """The site in another thread, with what the migrations made in its database."""
    return live_server


@pytest.fixture
def context(browser: Browser, server: LiveServer) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server.url, locale="en-GB")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which nothing may break the policy or ask another host."""
    page = context.new_page()
    faults: list[str] = []
    watch(page, faults)
    yield page
    assert faults == []


def watch(page: Page, faults: list[str]) -> None:
    """Gather what a page does wrong: errors, broken policy, requests to other hosts."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            faults.append(message.text)

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.hostname != "localhost":
            faults.append(f"asked {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: faults.append(str(error)))
