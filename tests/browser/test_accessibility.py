from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.browser import sample_pages

MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {
        "viewport": {"width": 1280, "height": 900},
        "forced_colors": "active",
    },
}


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_on_any_template(
    mode: str,
    browser: Browser,
    server: LiveServer,
    home: HomePage,
    index: ArticleIndexPage,
) -> None:
    pages = sample_pages.build(home, index)
    broken = render_to_string("500.html")
    context = browser.new_context(base_url=server.url, **MODES[mode])
    page = context.new_page()
    found: dict[str, str] = {}
    context.route("**/broken/", lambda route: route.fulfill(body=broken))
    for name, path in (pages.paths() | {"broken": "/broken/"}).items():
        page.goto(path)
        results = Axe().run(page)
        if results.violations_count:
            found[name] = results.generate_report()
    context.close()
    assert found == {}, "\n".join(found.values())


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_no_page_scrolls_sideways(
    width: int,
    browser: Browser,
    server: LiveServer,
    home: HomePage,
    index: ArticleIndexPage,
) -> None:
    pages = sample_pages.build(home, index)
    pages.article.title = "Donaudampfschifffahrtsgesellschaftskapitänsmützen " * 3
    pages.article.standfirst = pages.article.title
    pages.article.save()
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    too_wide = {}
    for name, path in pages.paths().items():
        page.goto(path)
        excess = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if excess > 0:
            too_wide[name] = excess
    context.close()
    assert too_wide == {}
