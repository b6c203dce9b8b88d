"""Views as readers make them: in a real browser, on a page that may have been kept."""

import re

import pytest
from playwright.sync_api import Browser, Route, expect
from pytest_django.live_server_helper import LiveServer

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.view_counts import visitors
from clinic_info.pages import HomePage
from tests.browser import sample_pages

# Chromium under test calls itself "Headless", which is a robot's name.
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)


@pytest.fixture
def article(server: LiveServer, home: HomePage, index: ArticleIndexPage) -> ArticlePage:
    visitors.day_key.cache_clear()
    article = sample_pages.build(home, index).article
    ArticleFigures.objects.filter(article=article).update(starting_views=1203)
    return article


def counted(article: ArticlePage) -> int:
    return ArticleFigures.objects.get(article=article).counted_views


def test_the_page_shows_the_number_with_this_view(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(base_url=server.url, user_agent=AGENT)
    page = context.new_page()
    page.goto(article.url)
    expect(page.locator("[data-views]")).to_have_text("1,204 views")
    with page.expect_response(re.compile("/view/$")):
        page.reload()
    expect(page.locator("[data-views]")).to_have_text("1,204 views")
    assert counted(article) == 1
    assert context.cookies() == []
    context.close()
    other = browser.new_context(base_url=server.url, user_agent=f"{AGENT} Edg/140")
    page = other.new_page()
    page.goto(article.url)
    expect(page.locator("[data-views]")).to_have_text("1,205 views")
    other.close()


def test_a_tab_that_nobody_sees_does_not_count(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(base_url=server.url, user_agent=AGENT)
    context.add_init_script(
        "Object.defineProperty(document, 'visibilityState',"
        " { get: () => globalThis.seen ? 'visible' : 'hidden' })"
    )
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    # Scripts have run when it is loaded.
    page.goto(article.url)
    assert any(address.endswith(".js") for address in sent)
    assert not any(address.endswith("/view/") for address in sent)
    with page.expect_response(re.compile("/view/$")):
        page.evaluate(
            "globalThis.seen = true;"
            " document.dispatchEvent(new Event('visibilitychange'))"
        )
    assert counted(article) == 1
    context.close()


@pytest.mark.parametrize("failure", ["busy", "offline"])
def test_a_view_that_could_not_be_stored_is_said_again(
    browser: Browser, server: LiveServer, article: ArticlePage, failure: str
) -> None:
    context = browser.new_context(base_url=server.url, user_agent=AGENT)
    page = context.new_page()
    failed: list[Route] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        elif failure == "busy":
            failed.append(route)
            route.fulfill(status=503)
        else:
            failed.append(route)
            route.abort()

    page.route(re.compile("/view/$"), fail_once)
    page.goto(article.url)
    # It may take a moment until the page knows.
    for _ in range(100):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        if page.locator("[data-views]").text_content() == "1,204 views":
            break
        page.wait_for_timeout(100)
    assert failed
    assert counted(article) == 1
    context.close()


def test_a_robot_is_shown_the_number_and_not_counted(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    with page.expect_response(re.compile("/view/$")) as response:
        page.goto(article.url)
    assert response.value.json()["views"] == 1203
    assert counted(article) == 0
    context.close()


def test_without_javascript_a_view_counts_too(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(
        base_url=server.url, user_agent=AGENT, java_script_enabled=False
    )
    page = context.new_page()
    for _ in range(2):
        with page.expect_response(re.compile("view.gif$")):
            page.goto(article.url)
    assert counted(article) == 1
    context.close()
