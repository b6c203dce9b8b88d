from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails
from clinic_info.newsletter import issue_states, sending, subscriptions
from clinic_info.newsletter.issue_mail import (
    LINK,
    MOST_BYTES,
    Mailing,
    TooLongError,
    reading_text,
    rendered,
)
from clinic_info.newsletter.issues import MOST_ARTICLES, Issue
from tests.clinic_info.newsletter.conftest import NOW, subscribe
from tests.factories import ArticlePageFactory, CustomImageFactory
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> None:
    details = ClinicDetails.load()
    details.name, details.address = "Linden Skin Clinic", "14 Linden Row\nEastbrook"
    details.save()


def issue_with(*articles: Any, **values: Any) -> Issue:
    issue = Issue(**{"subject": "Skin", "introduction": "<p>Hi</p>"} | values)
    issue.articles = [
        ("article", {"article": article, "teaser": teaser})
        for article, teaser in articles
    ]
    issue.save()
    return issue


def test_a_mail_holds_title_teaser_picture_and_link_of_each_article(
    index: ArticleIndexPage, clinic: None
) -> None:
    image = CustomImageFactory(description="The three layers of the skin")
    one = ArticlePageFactory(
        parent=index, title="Needles & skin", slug="needles", hero_image=image
    )
    two = ArticlePageFactory(parent=index, slug="sun", standfirst="About sun.[^who]")
    content = rendered(issue_with((one, "Our own <words>."), (two, "")))

    assert "http://localhost/articles/needles/" in content.html
    assert "Needles &amp; skin" in content.html
    assert "Our own &lt;words&gt;." in content.html
    assert 'src="http://localhost/media/images/' in content.html
    assert 'alt="The three layers of the skin"' in content.html
    assert "About sun." in content.html
    assert "[^who]" not in content.html + content.text
    assert "Needles & skin\n\nOur own <words>." in content.text
    assert "\nhttp://localhost/articles/needles/\n" in content.text
    assert "14 Linden Row" in content.html
    assert "14 Linden Row" in content.text


def test_a_mail_holds_without_style_sheets_and_loads_nothing_else(
    index: ArticleIndexPage,
) -> None:
    article = ArticlePageFactory(parent=index, hero_image=CustomImageFactory())
    content = rendered(issue_with((article, ""), preview_line="Three new articles"))

    assert "<link" not in content.html
    assert "<script" not in content.html
    assert 'style="' in content.html
    assert "prefers-color-scheme: dark" in content.html
    assert 'width="600"' in content.html
    assert content.html.count("<img") == 1
    assert "Three new articles" in content.html
    assert 'src="/' not in content.html
    assert 'href="/' not in content.html


def test_articles_that_were_withdrawn_are_left_out(index: ArticleIndexPage) -> None:
    article = ArticlePageFactory(parent=index, title="Withdrawn")
    issue = issue_with((article, ""))
    article.unpublish()
    assert "Withdrawn" not in rendered(Issue.objects.get()).html
    article.delete()

    assert rendered(Issue.objects.get(pk=issue.pk)).subject == "Skin"


def test_rich_text_becomes_text_for_reading() -> None:
    source = (
        '<p>Read <a href="https://who.int/a">this</a>.<br/>Now.</p>'
        "<ul><li>One</li><li>Two</li></ul><ol><li>First</li><li>Second</li></ol>"
    )

    assert reading_text(source) == (
        "Read this.\nhttps://who.int/a\n\nNow.\n\n- One\n- Two\n\n1. First\n2. Second"
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Sun (see <a href='/x'>here</a>), wind.", "Sun (see here),\n/x\nwind."),
        ("<b><a href='/x'>Here</a></b>, now", "Here,\n/x\nnow"),
        ("<a href='/x'>Here</a><a href='/y'>there</a>", "Here\n/x\nthere\n/y"),
        ("<a href='/x'>Here</a> and there", "Here\n/x\nand there"),
    ],
)
def test_links_stand_alone_after_what_closes_the_sentence(
    source: str, text: str
) -> None:
    assert reading_text(source) == text


def test_links_in_rich_text_lead_to_the_site(index: ArticleIndexPage) -> None:
    article = ArticlePageFactory(parent=index, slug="sun")
    link = f'<p><a linktype="page" id="{article.pk}">sun</a></p>'
    content = rendered(issue_with(introduction=link))

    assert 'href="http://localhost/articles/sun/"' in content.html
    assert "http://localhost/articles/sun/" in content.text.splitlines()


def test_the_longest_issue_stays_below_what_gmail_shows(
    index: ArticleIndexPage, clinic: None
) -> None:
    image = CustomImageFactory()
    articles = [
        (
            ArticlePageFactory(parent=index, title="T" * 200, hero_image=image),
            "ü" * 500,
        )
        for _ in range(MOST_ARTICLES)
    ]

    assert rendered(issue_with(*articles)).size() < MOST_BYTES


def test_an_issue_that_would_be_cut_off_is_not_sent() -> None:
    subscribe()
    issue = issue_with(introduction=f"<p>{'long ' * 20_001}</p>")
    with pytest.raises(TooLongError):
        issue_states.start(issue.pk, NOW)

    assert Issue.objects.get().status == Issue.Status.DRAFT


@pytest.mark.parametrize(
    "text", ["ü" * 400, ".\n.hidden\n..", "a" * 5000, "= =3D =\n", "日本語 " * 300, ""]
)
@pytest.mark.parametrize("host", ["http://localhost", f"https://{'a.' * 60}example"])
def test_any_text_arrives_as_it_was_with_the_right_link(
    text: str, host: str, sink: Sink, settings: Settings
) -> None:
    settings.SITE_URL = host
    subscribe()
    issue = issue_with(introduction=f"<p>{text or 'x'}</p>", subject="Frühling, Haut")
    issue_states.start(issue.pk, NOW)
    expected = rendered(issue)
    sending.send_round(NOW, clock=lambda: NOW)

    arrived = sink.mails[0]
    link = arrived.mail["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{host}/newsletter/unsubscribe/")
    assert arrived.mail["Subject"] == "Frühling, Haut"
    plain = arrived.part("plain").split()
    assert plain == expected.text.replace(LINK, link).split()
    html = "".join(arrived.part("html").split())
    assert html == "".join(expected.html.replace(LINK, link).split())
    assert max(len(line) for line in arrived.content.splitlines()) < 998
    assert arrived.content.isascii()


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: eve@evil.example", "a b@c.example", "ü@c.example", "a@b\0"]
)
def test_an_address_cannot_add_a_header(address: str) -> None:
    mailing = Mailing(rendered(issue_with()))
    with pytest.raises(ValueError, match="address"):
        mailing.content_for("1", address, "http://localhost/x/", NOW)


# The archive


@pytest.fixture
def sent(index: ArticleIndexPage, sink: Sink) -> Issue:
    """An issue with one article that was sent."""
    article = ArticlePageFactory(parent=index, title="How needles work")
    issue = issue_with((article, ""), subject="Skin in spring", closing="<p>Bye.</p>")
    subscribe()
    issue_states.start(issue.pk, NOW)
    sending.send_round(NOW, clock=lambda: NOW)
    return Issue.objects.get()


def test_an_issue_that_was_sent_is_a_page_for_everyone(
    sent: Issue, client: Client
) -> None:
    listing = client.get("/newsletter/archive/")
    assert sent.archive_path in listing.content.decode()
    page = client.get(sent.archive_path)

    for part in ("Skin in spring", "How needles work", "Bye.", "2 March 2026"):
        assert part in page.content.decode()
    assert page.cookies == {}
    assert "s-maxage" in page["Cache-Control"]
    assert "unsubscribe/" not in page.content.decode()
    feed = client.get("/newsletter/archive/feed/").content.decode()
    assert f"http://localhost{sent.archive_path}" in feed


def test_drafts_are_for_nobody(client: Client) -> None:
    issue = issue_with(subject="Secret")

    assert client.get(issue.archive_path).status_code == 404
    assert client.get(f"/newsletter/archive/{2**70}/").status_code == 404
    assert "Secret" not in client.get("/newsletter/archive/").content.decode()
    assert "Secret" not in client.get("/newsletter/archive/feed/").content.decode()


def test_the_archive_asks_as_much_for_many_issues_as_for_few(
    client: Client, sent: Issue, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(60) as captured:
            client.get("/newsletter/archive/")
        return len(captured)

    client.get("/newsletter/archive/")
    few = queries()
    for number in range(15):
        Issue.objects.create(
            subject=f"Issue {number}",
            status="sent",
            started_at=NOW,
            active_at=NOW,
            finished_at=NOW,
        )
    assert queries() == few


def test_an_issue_asks_as_much_with_many_articles_as_with_few(
    client: Client, index: ArticleIndexPage, django_assert_max_num_queries: Any
) -> None:
    def queries(number: int) -> int:
        articles = [
            (ArticlePageFactory(parent=index, hero_image=CustomImageFactory()), "")
            for _ in range(number)
        ]
        issue = issue_with(*articles)
        Issue.objects.filter(pk=issue.pk).update(
            status="sent", started_at=NOW, active_at=NOW, finished_at=NOW
        )
        client.get(issue.archive_path)
        with django_assert_max_num_queries(80) as captured:
            client.get(issue.archive_path)
        return len(captured)

    assert queries(2) == queries(6)


def test_who_left_is_counted_but_not_named_in_the_issue(sent: Issue) -> None:
    person = sent.deliveries.get().subscriber
    subscriptions.erase(person.public_id, NOW)

    assert sent.deliveries.get().subscriber is None


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [("sending", True), ("paused", True), ("cancelled", True), ("draft", False)],
)
def test_an_issue_of_which_mails_went_out_can_be_read(
    status: str, is_shown: bool, sent: Issue, client: Client
) -> None:
    Issue.objects.update(status=status)
    assert client.get(sent.archive_path).status_code == (200 if is_shown else 404)

    sent.deliveries.update(status="skipped")
    if status == "cancelled":
        assert client.get(f"{sent.archive_path}?again").status_code == 404
