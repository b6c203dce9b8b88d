import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from articles.pages.index import ArticleIndexPage
from clinic_info.newsletter import sending
from clinic_info.newsletter.models import Subscriber
from clinic_site.abuse import stamps
from tests.browser.conftest import watch
from tests.factories import ArticlePageFactory
from tests.smtp_sink import Arrived, Sink, running, use


@pytest.fixture
def sink(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A mail server for the site; whoever fills in a form is as quick as a machine."""
    monkeypatch.setattr(stamps, "SHORTEST", timedelta())
    with running(Sink()) as server:
        use(server, settings, seconds=5)
        yield server


def link_in(mail: Arrived, server: LiveServer) -> str:
    """Return the first of the site's links that asks something."""
    found = re.search(
        r"http://localhost(/newsletter/(?:confirm|unsubscribe)/\S+)", mail.part("plain")
    )
    assert found
    return server.url + found[1]


def subscribe(page: Page, path: str, sink: Sink, server: LiveServer) -> None:
    """Sign up at the foot of a page, and press the button behind the link in the mail."""
    page.goto(path)
    footer = page.locator("footer")
    footer.get_by_label("Your email address").fill("ann")
    footer.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_text("Enter an email address, such as")).to_be_visible()
    content = page.get_by_role("main")
    expect(content.get_by_label("Your email address")).to_have_value("ann")

    content.get_by_label("Your email address").fill("ann@patient.example")
    content.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    page.goto(link_in(sink.mails[-1], server))
    page.get_by_role("button", name="Yes, subscribe").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_reader_subscribes_gets_an_issue_leaves_and_comes_back(
    with_scripts: bool,
    browser: Browser,
    server: LiveServer,
    index: ArticleIndexPage,
    staff: Callable[[str], AbstractUser],
    sink: Sink,
) -> None:
    article = ArticlePageFactory(
        parent=index,
        title="How needles work",
        slug="needles",
        first_published_at=timezone.now(),
    )
    reader = browser.new_context(
        base_url=server.url, locale="en-GB", java_script_enabled=with_scripts
    )
    page = reader.new_page()
    faults: list[str] = []
    watch(page, faults)
    subscribe(page, article.url, sink, server)
    consent = Subscriber.objects.confirmed().get().consents.get(kind="asked")
    assert consent.page == "/articles/needles/"

    desk = browser.new_context(base_url=server.url, locale="en-GB")
    send_an_issue(desk.new_page(), staff("Editors"), sink)
    sending.send_round(timezone.now())
    issue = sink.mails[-1]
    assert issue.recipients == ["ann@patient.example"]
    assert issue.mail["Subject"] == "Skin in spring"

    page.goto(link_in(issue, server))
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert not Subscriber.objects.confirmed().exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="You stay subscribed")).to_be_visible()
    assert Subscriber.objects.confirmed().exists()

    page.goto("/newsletter/archive/")
    page.get_by_role("link", name="Skin in spring").click()
    expect(page.get_by_role("heading", name="Skin in spring")).to_be_visible()
    reader.close()
    desk.close()
    # An answer of 422 is told as an error in the console.
    assert [fault for fault in faults if "422" not in fault] == []


def send_an_issue(page: Page, user: AbstractUser, sink: Sink) -> None:
    """Write an issue as an editor does: with a digest, a preview and a test."""
    page.set_default_timeout(20_000)
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Sign in").click()
    menu = page.get_by_role("navigation", name="Main menu")
    menu.get_by_role("link", name="Newsletter", exact=True).click()
    page.get_by_role("link", name="Digest of new articles").click()
    page.locator("#panel-introduction-content [contenteditable=true]").click()
    page.keyboard.type("Good morning.")
    page.locator("[name=subject]").fill("Skin in spring")
    # The editor for rich text takes its time.
    expect(page.locator("[name=introduction]")).to_have_value(re.compile("morning"))
    page.get_by_role("button", name="Toggle preview").click()
    preview = page.frame_locator("#w-preview-iframe")
    expect(preview.get_by_text("Good morning.")).to_be_visible()
    page.get_by_role("button", name="Toggle preview").click()
    page.locator("footer").get_by_role("button", name="Save").click()

    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("A test is on its way to")).to_be_visible()
    test = sink.mails[-1]
    assert test.recipients == [user.email]
    assert "Good morning." in test.part("html")
    page.get_by_role("link", name="Send now").click()
    expect(page.get_by_text("goes to 1 subscriber now")).to_be_visible()
    page.get_by_role("button", name="Yes: Send now").click()
    expect(page.get_by_text("Being sent")).to_be_visible()
