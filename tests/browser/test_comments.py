"""Comments as readers write and staff handle them, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from articles.comments import decisions, emails
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.sending import send_due
from tests.articles.comments.conftest import NOW
from tests.browser.commenting import fill, press, send, sign_in
from tests.browser.conftest import watch
from tests.browser.xss_payloads import PAYLOADS
from tests.factories import ArticlePageFactory, CommentFactory
from tests.smtp_sink import Sink, running, use

Status = Comment.Status


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser types faster than a person: three seconds are over at once."""
    monkeypatch.setattr("clinic_site.abuse.stamps.SHORTEST", timedelta())


@pytest.fixture
def article(server: LiveServer, index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles", title="How needling works")


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running(Sink()) as server:
        use(server, settings)
        yield server


def test_with_javascript_the_comment_is_sent_in_place(
    page: Page, article: ArticlePage
) -> None:
    page.goto(article.url)
    fill(page)
    with page.expect_response(re.compile("/comments/$")) as answer:
        send(page)

    assert answer.value.status == 303
    notice = page.get_by_role("status")
    expect(notice).to_contain_text("Your comment is awaiting moderation")
    expect(notice).to_be_focused()
    expect(page.locator(".comment--waiting")).to_contain_text("How long does it last?")
    assert page.url.endswith(article.url)
    assert page.context.cookies() == []
    assert Comment.objects.get().text == "How long does it last?"
    page.reload()
    expect(page.get_by_text("How long does it last?")).to_have_count(0)


def test_without_javascript_too_and_the_text_stays_when_refused(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(article.url)
    fill(page)
    page.get_by_label("Email", exact=True).fill("no address")
    send(page)

    assert page.url.endswith(f"/articles/{article.pk}/comments/#comments")
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was sent yet")
    expect(page.get_by_label("Comment", exact=True)).to_have_value(
        "How long does it last?"
    )
    page.get_by_label("Email", exact=True).fill("maria@mail.example")
    send(page)
    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")
    assert page.url.endswith("#comments")
    assert Comment.objects.count() == 1
    context.close()


def test_by_keyboard_on_a_telephone_with_errors_that_lead_to_their_fields(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    page.goto(f"{article.url}#comments")
    page.get_by_label("Name").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Typed by keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    # The trap is left out of the order.
    expect(page.get_by_role("button", name="Send comment")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("[data-form-errors]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@mail.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_focused()
    comment = Comment.objects.get()
    assert (comment.text, comment.wants_mail) == ("Typed by keyboard", True)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    context.close()


def test_an_answer_is_written_below_a_comment(page: Page, article: ArticlePage) -> None:
    asked = CommentFactory(article=article, name="Anna", approved=True)
    decisions.recount(article.pk)
    page.goto(article.url)
    page.get_by_role("link", name="Answer Anna").click()
    expect(page.get_by_role("heading", name="Answer Anna")).to_be_focused()
    fill(page)
    send(page)

    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")
    assert Comment.objects.exclude(pk=asked.pk).get().parent == asked


def test_what_was_typed_stays_when_the_line_is_down(
    context: BrowserContext, article: ArticlePage
) -> None:
    page = context.new_page()
    page.goto(article.url)
    fill(page)
    page.route(
        "**/comments/", lambda route: route.fulfill(status=502, body="Bad gateway")
    )
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("Nothing you wrote is lost")
    expect(page.get_by_label("Comment", exact=True)).to_have_value(
        "How long does it last?"
    )
    page.unroute("**/comments/")
    send(page)
    expect(page.get_by_role("status")).to_contain_text("awaiting moderation")
    assert Comment.objects.count() == 1


def test_staff_approve_several_and_writers_get_mail_and_silence_it(
    context: BrowserContext,
    article: ArticlePage,
    staff: Callable[[str], AbstractUser],
    sink: Sink,
) -> None:
    for number in range(3):
        CommentFactory(
            article=article,
            text=f"Waiting number {number}",
            wants_mail=number == 0,
            email="maria@mail.example",
        )
    page = context.new_page()
    faults: list[str] = []
    watch(page, faults)
    sign_in(page, staff("Reception"))
    expect(page.get_by_text("3 waiting, the oldest for")).to_be_visible()
    page.get_by_role("link", name="Comments (3)").click()
    page.get_by_role("link", name="Awaiting moderation 3").click()
    for number in range(3):
        row = page.get_by_role("row").filter(has_text=f"Waiting number {number}")
        row.get_by_role("checkbox").check()
    page.get_by_role("link", name="Approve the chosen comments").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("3 comments approved.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone for 3 comments.")).to_be_visible()

    # One after the other, by one key each.
    page.goto("/admin/comments/")
    page.get_by_role("link", name="Waiting number 0").click()
    expect(page.get_by_role("heading", name="Comment by")).to_be_visible()
    press(page, "a")
    expect(page.get_by_text("1 comment approved.")).to_be_visible()
    expect(page.get_by_text("Waiting number 1")).to_be_visible()
    press(page, "r")
    expect(page.get_by_text("1 comment rejected.")).to_be_visible()
    press(page, "s")
    expect(page.get_by_text("1 comment marked as spam.")).to_be_visible()
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu.get_by_role("link", name="Comments", exact=True)).to_be_visible()
    assert sorted(Comment.objects.values_list("status", flat=True)) == [
        "approved",
        "rejected",
        "spam",
    ]
    assert faults == []

    context.clear_cookies()
    send_due(timezone.now())
    (mail,) = sink.mails
    address, quiet = re.findall(r"(?m)^http://localhost(/\S+)$", mail.part("plain"))
    page.goto(address)
    expect(page.get_by_text("Waiting number 0")).to_be_visible()
    page.goto(quiet)
    page.get_by_role("button", name="No more mails").click()
    expect(page.get_by_role("status")).to_contain_text("no more mails")
    assert not Comment.objects.filter(wants_mail=True).exists()
    assert not OutgoingMail.objects.exclude(status="sent").exists()


def test_no_payload_runs_anywhere(
    context: BrowserContext,
    browser: Browser,
    article: ArticlePage,
    staff: Callable[[str], AbstractUser],
    sink: Sink,
) -> None:
    assert len(set(PAYLOADS)) == 60
    nurse = staff("Reception")
    for number, payload in enumerate(PAYLOADS):
        CommentFactory(
            article=article,
            name=payload[:80],
            # No form lets these through; whatever does, they must harm nobody.
            email=payload[:254],
            text=f"Payload {number}: {payload}",
            status="awaiting" if number < 4 else "approved",
            decided_at=None if number < 4 else NOW,
            wants_mail=True,
        )
    decisions.recount(article.pk)
    Comment.objects.filter(pk=Comment.objects.first().pk).update(
        email="maria@mail.example"
    )
    faults: list[str] = []
    page = context.new_page()
    watch(page, faults)

    def on_dialog(dialog: Dialog) -> None:
        faults.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)

    def look(address: str) -> None:
        assert page.goto(address).ok
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)

    discussion = f"/articles/{article.pk}/comments/"
    look(article.url)
    expect(page.locator(".comment")).to_have_count(50)
    expect(page.get_by_text(f"Payload 10: {PAYLOADS[10]}")).to_be_visible()
    look(f"{discussion}?page=2")
    look(f"{discussion}?reply={Comment.objects.shown().last().pk}")
    look("/articles/")
    assert faults == []

    sign_in(page, nurse)
    look("/admin/")
    look("/admin/comments/")
    look("/admin/comments/?status=awaiting")
    for comment in Comment.objects.order_by("pk")[:8]:
        look(f"/admin/comments/edit/{comment.pk}/")
        look(f"/admin/comments/history/{comment.pk}/")
    pks = "&".join(f"id={comment.pk}" for comment in Comment.objects.all()[:60])
    for action in ("approve", "reject", "spam", "delete"):
        look(f"/admin/bulk/articles/comment/{action}/?{pks}")
    look(f"/admin/pages/{article.pk}/edit/")
    assert faults == []

    first = Comment.objects.order_by("pk").first()
    decisions.answer(
        first.pk, PAYLOADS[0], name=PAYLOADS[14], by=nurse, now=timezone.now()
    )
    second = CommentFactory(article=article, text=" ".join(PAYLOADS))

    emails.announce(second, timezone.now())
    send_due(timezone.now())
    bodies = [mail.part("html") for mail in sink.mails]
    assert len(bodies) == 2
    for body in bodies:
        page.set_content(body)
        page.wait_for_timeout(200)
    assert [fault for fault in faults if "dialog" in fault] == []


def test_each_payload_comes_back_from_the_form_as_text(
    browser: Browser, server: LiveServer, article: ArticlePage
) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    refused: list[str] = []
    page.on(
        "console",
        lambda message: (
            refused.append(message.text) if "Content Security" in message.text else None
        ),
    )
    page.goto(article.url)
    for payload in PAYLOADS:
        form = page.locator("[data-comment-form]")
        form.get_by_label("Name").fill(payload)
        form.get_by_label("Email", exact=True).fill(payload)
        form.get_by_label("Comment", exact=True).fill(payload)
        with page.expect_response(re.compile("/comments/$")):
            send(page)
        expect(form.get_by_label("Comment", exact=True)).to_have_value(payload)
        expect(page.locator("[data-form-errors]")).to_be_focused()
    context.close()
    assert dialogs == []
    assert refused == []
    assert not Comment.objects.exists()
