from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Browser, BrowserContext, Page, Route
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.browser import extreme_pages, sample_pages

MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {
        "viewport": {"width": 1280, "height": 900},
        "forced_colors": "active",
    },
}


@pytest.fixture
def paths(
    server: LiveServer, home: HomePage, index: ArticleIndexPage
) -> dict[str, str]:
    """An address of each template and state."""
    pages = sample_pages.build(home, index).paths()
    made = {"failure": "/made/failure/", "forms": "/made/forms/"}
    return pages | extreme_pages.paths(index) | made


def opened(browser: Browser, server: LiveServer, **options: Any) -> BrowserContext:
    """Return a context in which the pages that no address has are there too."""
    context = browser.new_context(base_url=server.url, **options)
    context.set_default_timeout(20_000)
    texts = {
        "failure": render_to_string("500.html"),
        "forms": extreme_pages.forms_page(),
    }

    def answer(route: Route) -> None:
        name = route.request.url.rstrip("/").rpartition("/")[2]
        route.fulfill(body=texts[name], content_type="text/html")

    context.route("**/made/*/", answer)
    return context


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_on_any_template_in_any_state(
    mode: str, browser: Browser, server: LiveServer, paths: dict[str, str]
) -> None:
    context = opened(browser, server, **MODES[mode])
    page = context.new_page()
    found: dict[str, str] = {}
    for name, path in paths.items():
        page.goto(path)
        results = Axe().run(page)
        if results.violations_count:
            found[name] = results.generate_report()
    context.close()
    assert found == {}, "\n".join(found.values())


def too_wide(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize(
    ("width", "direction"),
    [
        # 1,280 pixels at 400 % zoom are 320.
        *((width, "ltr") for width in (320, 360, 768, 1024, 1280, 1920)),
        *((width, "rtl") for width in (320, 1280)),
    ],
)
def test_no_page_scrolls_sideways(
    width: int,
    direction: str,
    browser: Browser,
    server: LiveServer,
    paths: dict[str, str],
) -> None:
    context = opened(browser, server, viewport={"width": width, "height": 800})
    page = context.new_page()
    found = {}
    for name, path in paths.items():
        page.goto(path)
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        if excess := too_wide(page):
            found[name] = excess
    context.close()
    assert found == {}


FOCUSED = """() => {
    const element = document.activeElement;
    // A link over several lines has a box that is partly empty: look at its parts, and
    // of each at what is in the window.
    const seen = [...element.getClientRects()].some((box) => {
        const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
        const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
        if (right <= left || bottom <= top) return false;
        const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return found && (element.contains(found) || found.contains(element));
    });
    const style = getComputedStyle(element);
    const key = element.outerHTML.slice(0, 120);
    return { key, seen, outlined: style.outlineStyle !== "none" && style.outlineWidth !== "0px" };
}"""


@pytest.mark.parametrize("width", [360, 1280])
def test_every_stop_of_the_keyboard_is_seen(
    width: int, browser: Browser, server: LiveServer, paths: dict[str, str]
) -> None:
    context = opened(browser, server, viewport={"width": width, "height": 640})
    page = context.new_page()
    wrong = []
    for name in paths.keys() - {"long"}:
        page.goto(paths[name])
        stops = 0
        while stops < 120:
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            stops += 1
            stop = page.evaluate(FOCUSED)
            if not (stop["seen"] and stop["outlined"]):
                wrong.append((name, stop))
        assert stops >= (1 if name == "failure" else 5), name
    context.close()
    assert wrong == []


def test_touch_targets_are_large_enough(
    browser: Browser, server: LiveServer, paths: dict[str, str]
) -> None:
    context = opened(browser, server, viewport={"width": 360, "height": 640})
    page = context.new_page()
    small = {}
    for name in ("home", "list", "article", "contact", "forms"):
        page.goto(paths[name])
        # Links within a sentence are excepted by WCAG 2.5.8.
        small[name] = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, textarea, summary, a:not(p a, li li a, .citation a, .reference a), .topic a, .more a, .references__back a")]
                .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.closest("[aria-hidden=true]"))
                .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 24 || box.width < 24)
                .map(([html]) => html)"""
        )
    context.close()
    assert {name: found for name, found in small.items() if found} == {}
