"""Comments where something is in the way: half-written texts, a stalled line, a small screen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.comments import decisions
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.browser.commenting import fill, press, send, sign_in
from tests.factories import ArticlePageFactory, CommentFactory

Status = Comment.Status


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic_site.abuse.stamps.SHORTEST", timedelta())


@pytest.fixture
def article(server: LiveServer, index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles")


def test_an_answer_takes_over_what_was_typed(page: Page, article: ArticlePage) -> None:
    CommentFactory(article=article, name="Anna", approved=True)
    decisions.recount(article.pk)
    page.goto(article.url)
    fill(page, "Half written")
    page.get_by_label("Tell me by email").check()
    page.get_by_role("link", name="Answer Anna").click()
    expect(page.get_by_role("heading", name="Answer Anna")).to_be_focused()

    expect(page.get_by_label("Comment", exact=True)).to_have_value("Half written")
    expect(page.get_by_label("Name")).to_have_value("Maria")
    expect(page.get_by_label("Tell me by email")).to_be_checked()
    send(page)
    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")
    assert Comment.objects.get(parent__isnull=False).wants_mail


def test_a_send_that_hangs_is_said_and_given_up(
    context: BrowserContext, article: ArticlePage
) -> None:
    page = context.new_page()
    page.route(
        "**/js/comments*.js",
        lambda route: route.fulfill(
            body=route.fetch().text().replace("20_000", "1_500"),
            content_type="text/javascript",
        ),
    )
    page.goto(article.url)
    fill(page)
    page.route("**/comments/", lambda _route: None)
    send(page)
    button = page.get_by_role("button", name="Send comment")
    expect(page.get_by_text("Sending…")).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "true")

    expect(page.get_by_role("alert")).to_contain_text("Nothing you wrote is lost")
    expect(button).to_have_attribute("aria-disabled", "false")
    page.unroute("**/comments/")
    send(page)
    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")


def test_on_a_telephone_one_long_word_leaves_the_buttons_in_reach(
    browser: Browser,
    server: LiveServer,
    article: ArticlePage,
    staff: Callable[[str], AbstractUser],
) -> None:
    long = CommentFactory(article=article, name="N" * 80, text="w" * 400)
    context = browser.new_context(
        base_url=server.url, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    sign_in(page, staff("Reception"))
    page.goto(f"/admin/comments/edit/{long.pk}/")

    for place in (".comment-moderation__text", "button:has-text('Spam')"):
        box = page.locator(place).first.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    context.close()


def test_a_key_does_not_throw_away_a_half_written_answer(
    context: BrowserContext, article: ArticlePage, staff: Callable[[str], AbstractUser]
) -> None:
    comment = CommentFactory(article=article)
    page = context.new_page()
    sign_in(page, staff("Reception"))
    page.goto(f"/admin/comments/edit/{comment.pk}/")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    # Wagtail notes two seconds after loading what stands in a form, and looks twice a second.
    page.wait_for_timeout(2500)
    page.get_by_label("Answer", exact=False).last.fill("Half written")
    page.get_by_role("heading", name="By the same writer").click()
    page.wait_for_timeout(1000)
    press(page, "a")
    page.wait_for_timeout(500)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("Answer", exact=False).last).to_have_value("Half written")
    comment.refresh_from_db()
    assert comment.status == Status.AWAITING


@pytest.mark.parametrize("script", [True, False])
def test_what_another_site_sent_can_be_sent_again_from_here(
    browser: Browser, server: LiveServer, article: ArticlePage, script: bool
) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=script)
    page = context.new_page()
    page.set_content(
        f'<form method="post" action="{server.url}/articles/{article.pk}/comments/">'
        '<input name="name" value="Maria"><input name="email" value="maria@mail.example">'
        '<textarea name="text">From a translated page</textarea><button>Go</button></form>'
    )
    page.get_by_role("button").click()

    expect(page.locator("[data-form-errors]")).to_contain_text(
        "not sent from a page of this site"
    )
    assert not Comment.objects.exists()
    send(page)
    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")
    assert Comment.objects.get().text == "From a translated page"
    context.close()
