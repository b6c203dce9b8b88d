"""What spammers and robots send, and how little comes of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.comments.models import Comment, CommentSettings
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site.abuse import stamps
from clinic_site.abuse.models import RateCounter, RefusedForms
from clinic_site.content_version import ENVIRON_KEY
from tests.articles.comments.conftest import Later, Make, Send, fields
from tests.factories import ArticlePageFactory

Status = Comment.Status


@pytest.fixture
def send_kept(client: Client, article: ArticlePage) -> Send:
    """Send a comment as it comes by the page cache: what is alike in answers is kept."""

    def post(**values: Any) -> HttpResponse:
        return client.post(
            f"/articles/{article.pk}/comments/",
            fields(article, **values),
            headers={"sec-fetch-site": "same-origin"},
            REMOTE_ADDR="192.0.2.1",
            **{ENVIRON_KEY: 1},
        )

    return post


def refusals() -> dict[str, int]:
    return dict(RefusedForms.objects.values_list("reason", "forms"))


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(seconds=1), "too_fast"),
        (timedelta(days=8), "too_old"),
        (None, "forged"),
    ],
)
def test_too_fast_and_too_old_come_back_filled_in_and_ready(
    send: Send, article: ArticlePage, age: timedelta | None, reason: str, later: Later
) -> None:
    made = stamps.make(f"comment:{article.pk}", timezone.now() - age) if age else "x"
    response = send(stamp=made)

    assert response.status_code == 422
    page = response.content.decode()
    assert "Please send this once more" in page
    assert "How long does the redness last?" in page
    assert refusals() == {reason: 1}
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp
    later(timedelta(seconds=4))
    assert send(stamp=stamp[1]).status_code == 303


def test_a_stamp_is_good_for_one_article(send: Send, article: ArticlePage) -> None:
    other = stamps.make(
        f"comment:{article.pk + 1}", timezone.now() - timedelta(minutes=1)
    )

    assert send(stamp=other).status_code == 422


def test_a_robot_is_answered_as_if_it_had_worked(send: Send) -> None:
    response = send(website="https://pills.example", follow=True)

    assert response.status_code == 200
    assert "Your comment is awaiting moderation" in response.content.decode()
    assert not Comment.objects.exists()
    assert refusals() == {"trap": 1}


def test_blocked_words_go_to_spam_and_look_the_same(send: Send) -> None:
    CommentSettings.objects.create(blocked_words="casino bonus\nviagra")

    response = send(text="Get your CASINO  bonus today", follow=True)

    assert "Your comment is awaiting moderation" in response.content.decode()
    assert Comment.objects.get().status == Status.SPAM
    assert refusals() == {"blocked_word": 1}


def test_the_sixth_comment_in_ten_minutes_has_to_wait(send: Send, later: Later) -> None:
    answers = [send(text=f"Comment number {n}").status_code for n in range(5)]
    response = send(text="One too many", notify="on")

    assert answers == [303] * 5
    assert response.status_code == 429
    assert "no-store" in response["Cache-Control"]
    assert "One too many" in response.content.decode()
    assert re.search(r'name="notify"[^>]* checked', response.content.decode())
    assert "Please try again in 10 minutes." in response.content.decode()
    assert Comment.objects.count() == 5
    assert send(sender="198.51.100.7", text="From elsewhere").status_code == 303
    later(timedelta(minutes=11))
    assert send(text="Later").status_code == 303


def test_an_answer_that_has_to_wait_remains_an_answer(send: Send, make: Make) -> None:
    parent = make(approved=True, name="Anna")
    for n in range(5):
        send(text=f"Comment number {n}")

    page = send(text="My answer", parent=str(parent.pk)).content.decode()

    assert "Answer Anna" in page
    assert "My answer" in page
    assert f'name="parent" value="{parent.pk}"' in page


def test_the_same_text_from_everywhere_is_taken_three_times(send: Send) -> None:
    text = "Great  POST, thanks! I always wanted to know all of this"
    answers = [
        send(sender=f"198.51.{n}.7", text=text + "!" * n).status_code for n in range(5)
    ]

    assert answers == [303, 303, 303, 429, 429]
    assert refusals() == {"comment_same_text": 2}


@pytest.mark.parametrize("text", ["Thank you!", "\U0001f44d", "!!!"])
def test_many_may_say_the_same_few_words(send: Send, text: str) -> None:
    for n in range(5):
        assert send(sender=f"198.51.{n}.7", text=text).status_code == 303


def test_pressing_the_button_twice_makes_one_comment(send: Send) -> None:
    first, second = send(), send()

    assert first.status_code == second.status_code == 303
    assert Comment.objects.count() == 1


def test_no_address_is_stored(send: Send) -> None:
    send(sender="203.0.113.77")

    comment = Comment.objects.get()
    assert comment.sender_hash
    stored = [str(value) for value in Comment.objects.values_list().get()]
    assert not [value for value in stored if "203.0.113" in value]


def test_one_writers_words_are_never_in_the_page_of_another(
    send: Send, send_kept: Send
) -> None:
    for n in range(5):
        send(text=f"Comment number {n}")

    ann = {"name": '"><b>Ann', "text": "</textarea><script>", "notify": "on"}
    first = send_kept(**ann).content.decode()
    ben = {"name": "Ben", "text": "My own words", "parent": "nonsense"}
    second = send_kept(**ben).content.decode()

    assert "&quot;&gt;&lt;b&gt;Ann" in first
    assert "&lt;/textarea&gt;&lt;script&gt;" in first
    assert "Ann" not in second
    assert "checked" not in second
    for typed in ('value="Ben"', "My own words", 'value="nonsense"'):
        assert typed in second
    assert "Needles &amp; skin" in second


def test_what_is_alike_in_refusals_is_asked_for_once(
    send: Send, send_kept: Send, make: Make
) -> None:
    for n in range(5):
        make(approved=True)
        send(text=f"Comment number {n}")

    with CaptureQueriesContext(connection) as first:
        send_kept()
    with CaptureQueriesContext(connection) as second:
        assert send_kept().status_code == 429

    assert len(second) < len(first)
    assert not any("articles_comment" in query["sql"] for query in second)


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_another_site_cannot_comment_and_nothing_typed_is_lost(
    send: Send, article: ArticlePage, origin: str
) -> None:
    text = "Typed for an hour </textarea><script>"
    response = send(site=origin, text=text, notify="on", stamp="none")

    assert response.status_code == 403
    assert not Comment.objects.exists()
    assert not RateCounter.objects.exists()
    page = response.content.decode()
    assert "not sent from a page of this site, so nothing was stored" in page
    assert "Typed for an hour &lt;/textarea&gt;&lt;script&gt;" in page
    for typed in ('value="Maria"', 'value="maria@mail.example"', " checked"):
        assert typed in page
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    # Sent from the page that came back it is taken.
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp
    assert send(text=text, stamp=stamp[1]).status_code == 303
    assert Comment.objects.get().text == text


def test_another_site_learns_nothing_of_articles_that_nobody_may_read(
    send: Send, index: ArticleIndexPage
) -> None:
    draft = ArticlePageFactory(parent=index, live=False)

    assert send(site="cross-site", to=draft).status_code == 404


def test_a_flood_is_stored_up_to_the_limits_and_lets_an_honest_comment_through(
    send: Send, client: Client, article: ArticlePage
) -> None:
    # The same in the large, by processes and the clock: python -m bench.spam 10000
    answers = [
        send(
            sender=f"10.{n % 5}.0.{n // 5}",
            text=f"Best pills number {n}",
            email=f"s{n}@spam.example",
        ).status_code
        for n in range(100)
    ]
    honest = send(sender="192.0.2.77", text="How long does it last?")

    assert (answers.count(303), answers.count(429)) == (50, 50)
    assert honest.status_code == 303
    assert Comment.objects.count() == 51
    assert refusals() == {"comment_network": 50}
    assert "Best pills" not in client.get(article.url).content.decode()
