"""Stylesheets and scripts as readers get them do what those do that we write."""

from datetime import timedelta

import pytest
import rjsmin
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import stylesheets
from tests.browser import commenting, sample_pages

RULES = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return Array.from(sheet.cssRules, rule => rule.cssText);
}"""


def test_the_browser_reads_the_same_rules_without_spaces(page: Page) -> None:
    page.goto("about:blank")
    written = stylesheets.bundle()

    rules = page.evaluate(RULES, written)

    assert len(rules) > 20
    assert page.evaluate(RULES, stylesheets.small(written)) == rules


def test_scripts_work_without_spaces(
    page: Page,
    server: LiveServer,
    home: HomePage,
    index: ArticleIndexPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A browser types faster than a person.
    monkeypatch.setattr("clinic_site.abuse.stamps.SHORTEST", timedelta())
    article = sample_pages.build(home, index).article
    served = []

    def small(route: Route) -> None:
        name = route.request.url.split("/static/")[1].split("?")[0]
        served.append(name)
        text = (stylesheets.FOLDER / name).read_text()
        route.fulfill(body=rjsmin.jsmin(text), content_type="text/javascript")

    page.route("**/static/js/*.js", small)
    with page.expect_response("**/view/"):
        page.goto(article.url)
    # Each script leaves something behind that is not there without it.
    expect(page.locator("[data-hours-state]").first).to_be_attached()
    expect(page.locator("[data-contents]")).to_be_visible()
    commenting.fill(page)
    commenting.send(page)
    # In place: the script sent it.
    expect(page.locator("#comments")).to_contain_text("How long does it last?")
    assert page.url.endswith(article.url)
    assert set(served) == {
        name for name in stylesheets.scripts() if name.startswith("js/")
    }
