"""Saving by hand while Wagtail saves by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.browser.test_staff import ArticleEditor, sign_in  # noqa: F401


@pytest.mark.parametrize("action", ["Save draft", "Submit to Medical review"])
def test_saving_during_an_autosave_makes_the_article_once(
    sign_in: Callable[[str], Page],  # noqa: F811
    index: ArticleIndexPage,
    server: LiveServer,
    settings: Settings,
    action: str,
) -> None:
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 100
    held: list[Route] = []

    def hold(route: Route) -> None:
        is_autosave = route.request.headers.get("accept") == "application/json"
        if is_autosave and b"written-quickly" in (
            route.request.post_data_buffer or b""
        ):
            held.append(route)
        else:
            route.continue_()

    page = sign_in("Editors")
    # Before this event Wagtail takes what is typed for the form's first content.
    page.add_init_script(
        "addEventListener('w-unsaved:watch-edits', () => {"
        " document.documentElement.dataset.watched = '' })"
    )
    page.goto(f"/admin/pages/add/articles/articlepage/{index.pk}/")
    expect(page.locator("html[data-watched]")).to_be_attached()
    ArticleEditor(page).add_section("What it is")
    page.route(f"**/admin/pages/add/articles/articlepage/{index.pk}/", hold)
    page.locator("#id_title").press_sequentially("Written quickly")  # makes the slug
    while not held:
        page.wait_for_timeout(50)
    saved = held[0].fetch()
    assert saved.status == 200
    if action != "Save draft":
        page.locator("footer").get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=action).click(no_wait_after=True)
    page.wait_for_timeout(500)
    held[0].fulfill(response=saved)
    expect(page.locator(".messages .success")).to_contain_text("Written quickly")
    assert ArticlePage.objects.count() == 1
    workflow = ArticlePage.objects.get().current_workflow_state
    assert (workflow is None) == (action == "Save draft")
