"""What the design promises: contents that follow, notes in the margin, fonts that do not shove."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.browser import extreme_pages, sample_pages
from tests.browser.sample_pages import SamplePages


@pytest.fixture
def pages(server: LiveServer, home: HomePage, index: ArticleIndexPage) -> SamplePages:
    return sample_pages.build(home, index)


def test_the_contents_mark_the_section_in_view(page: Page, pages: SamplePages) -> None:
    page.goto(pages.article.url)
    contents = page.get_by_role("navigation", name="Contents")
    aftercare = contents.get_by_role("link", name="Aftercare")
    expect(aftercare).not_to_have_attribute("aria-current", "true")
    page.locator("#mechanism-of-action").scroll_into_view_if_needed()
    aftercare.click()
    expect(aftercare).to_have_attribute("aria-current", "true")
    expect(contents.locator("[aria-current]")).to_have_count(1)


def test_long_contents_follow_the_reader(
    page: Page, pages: SamplePages, index: ArticleIndexPage
) -> None:
    page.goto(extreme_pages.paths(index)["long"])
    last = page.locator("[data-contents] a", has_text="Section 39")
    expect(last).not_to_be_in_viewport()
    page.locator("[data-section]", has_text="Section 39").scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_on_a_narrow_screen_the_contents_unfold(
    browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": 360, "height": 640}
    )
    page = context.new_page()
    page.goto(pages.article.url)
    contents = page.get_by_role("navigation", name="Contents")
    expect(contents).to_have_count(1)
    link = contents.get_by_role("link", name="Aftercare")
    expect(link).to_be_hidden()
    contents.locator("summary").click()
    link.click()
    expect(page.get_by_role("heading", name="Aftercare")).to_be_in_viewport()
    context.close()


def test_sources_and_captions_stand_in_the_margin(
    page: Page, pages: SamplePages
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(pages.article.url)
    text = page.locator(".article__body").bounding_box()
    note = page.locator(".margin-note").first
    expect(note).to_be_visible()
    caption = page.locator(".section .figure__caption").first
    for one in (note, caption):
        box = one.bounding_box()
        assert box
        assert text
        assert box["x"] > text["x"] + text["width"]
        assert box["x"] + box["width"] <= 1280
    mark = page.locator("[role=doc-noteref]").first.bounding_box()
    beside = note.bounding_box()
    assert mark
    assert beside
    assert abs(mark["y"] - beside["y"]) < 40
    page.set_viewport_size({"width": 1000, "height": 900})
    expect(note).to_be_hidden()


SHIFTS = """() => new Promise((done) => {
    let total = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) total += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(total), 300);
})"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["home", "list", "article", "contact"])
def test_nothing_moves_when_fonts_and_pictures_come_late(
    name: str, width: int, browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 800}
    )
    waiting: list[Route] = []
    for late in ("**/*.woff2", "**/media/**"):
        context.route(late, lambda route: waiting.append(route))
    page = context.new_page()
    page.goto(pages.paths()[name], wait_until="domcontentloaded")
    page.evaluate("scrollTo(0, document.querySelector('.figure')?.offsetTop ?? 0)")
    page.wait_for_timeout(400)
    assert waiting, "nothing came late"
    expect(page.locator("h1")).to_be_visible()
    for route in waiting:
        route.continue_()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.fonts.check('1rem Reading')")
    shift = page.evaluate(SHIFTS)
    context.close()
    assert shift < 0.01


def test_reduced_motion_stops_every_transition(
    browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    page = context.new_page()
    page.goto(pages.article.url)
    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter((one) => {
            const style = getComputedStyle(one);
            return style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0)
                || style.animationName !== "none";
        }).map((one) => one.outerHTML.slice(0, 80))"""
    )
    context.close()
    assert moving == []
