import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.browser import sample_pages
from tests.browser.sample_pages import SamplePages


@pytest.fixture
def pages(server: LiveServer, home: HomePage, index: ArticleIndexPage) -> SamplePages:
    return sample_pages.build(home, index)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def test_from_the_list_to_an_article_and_its_sections(
    page: Page, pages: SamplePages
) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_text("Articles").click()
    page.get_by_role("link", name="Full article How micro needling works").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(pages.article.title)
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="Aftercare").click()
    expect(page).to_have_url(re.compile("#aftercare$"))
    expect(page.get_by_role("heading", name="Aftercare")).to_be_in_viewport()


def test_an_article_is_read_with_the_keyboard_alone(
    page: Page, pages: SamplePages
) -> None:
    page.goto(pages.article.url)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    stops = []
    for _stop in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen = page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                const style = getComputedStyle(document.activeElement);
                return {
                    text: document.activeElement.textContent.trim(),
                    inView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
                    outlined: style.outlineStyle !== "none",
                };
            }"""
        )
        assert seen["inView"], seen
        assert seen["outlined"], seen
        stops.append(seen["text"])
    assert "Aftercare" in stops
    assert "reference 1" in stops
    assert any("doi:10.1097" in stop for stop in stops)


def test_a_mark_leads_to_its_source_and_back(page: Page, pages: SamplePages) -> None:
    page.goto(pages.article.url)
    page.locator("[role=doc-noteref]").first.click()
    source = page.locator("li.references__entry")
    expect(source).to_be_in_viewport()
    source.get_by_role("link", name="Back to mention 1 of reference 1").click()
    expect(page.locator("[role=doc-noteref]").first).to_be_in_viewport()


def test_without_javascript_everything_is_there(
    browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(pages.article.url)
    expect(page.get_by_text("Mechanism of action").first).to_be_visible()
    video = page.get_by_role("link", name="Play video: How to apply sunscreen")
    assert video.get_attribute("href") == "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
    context.close()


def test_a_video_is_asked_for_only_after_a_click(
    browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    context = browser.new_context(base_url=server.url)
    asked: list[str] = []
    context.route(
        "**/*youtube*/**",
        lambda route: (asked.append(route.request.url), route.abort()),
    )
    page = context.new_page()
    page.goto(pages.article.url)
    link = page.get_by_role("link", name="Play video: How to apply sunscreen")
    link.scroll_into_view_if_needed()
    assert asked == []
    link.click()
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("title", "How to apply sunscreen")
    assert asked == ["https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1"]
    context.close()


def test_dark_mode_is_dark(
    browser: Browser, server: LiveServer, pages: SamplePages
) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=server.url, color_scheme=scheme)
        page = context.new_page()
        page.goto(pages.article.url)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        channels = ground.removeprefix("rgb(").removesuffix(")").split(",")
        grounds[scheme] = sum(int(channel) for channel in channels)
        context.close()
    assert grounds["dark"] < 150
    assert grounds["light"] > 600


def test_printing_leaves_the_ways_through_the_site_out(
    page: Page, pages: SamplePages
) -> None:
    page.goto(pages.article.url)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Mechanism of action")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
    expect(page.get_by_text("doi:10.1097/DSS.0000000000001248")).to_be_visible()
    expect(page.locator("footer").get_by_text("01632 960 123")).to_be_visible()
    assert page.pdf().startswith(b"%PDF")


def test_readers_get_no_cookie(page: Page, pages: SamplePages) -> None:
    for path in pages.paths().values():
        page.goto(path)
    assert page.context.cookies() == []
