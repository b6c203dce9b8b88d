from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, transaction
from django.test import Client

from clinic_info.newsletter import issue_states, subscriptions
from clinic_info.newsletter.issue_states import IssueStateError
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from tests.clinic_info.newsletter.conftest import NOW, subscribe
from tests.clinic_info.newsletter.mailing import (
    delivery,
    draft,
    received,
    send,
    started,
    statuses,
)
from tests.smtp_sink import Mode, Sink, Stage

Status = Delivery.Status
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


# Beginning


def test_sending_begins_with_a_row_for_each_confirmed_subscriber() -> None:
    subscriptions.ask("waiting@patient.example", subscriptions.Asked(NOW))
    gone = subscribe("gone@patient.example")
    subscriptions.unsubscribe(gone.public_id, NOW)
    issue = started("ann", "bob")

    assert issue.status == Issue.Status.SENDING
    assert statuses() == {"waiting": 2}


def test_an_issue_begins_once() -> None:
    issue = started("ann")
    subscribe("late@patient.example")
    with pytest.raises(IssueStateError):
        issue_states.start(issue.pk, NOW)

    assert statuses() == {"waiting": 1}


def test_an_issue_that_nobody_would_get_does_not_begin() -> None:
    issue = draft()
    with pytest.raises(IssueStateError):
        issue_states.start(issue.pk, NOW)

    issue.refresh_from_db()
    assert issue.status == Issue.Status.DRAFT


def test_nobody_has_two_rows_of_an_issue() -> None:
    issue = started("ann")
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            issue=issue, subscriber=delivery().subscriber, next_try_at=NOW
        )


def test_what_is_changed_afterwards_is_not_sent(sink: Sink) -> None:
    issue = started("ann")
    Issue.objects.filter(pk=issue.pk).update(subject="Changed")
    send()

    assert sink.mails[0].mail["Subject"] == "Skin in spring"


# Success


def test_everybody_gets_the_issue_once(sink: Sink) -> None:
    issue = started("ann", "bob", "eve")
    assert send() == 3
    assert send() == 0

    assert received(sink) == ["ann", "bob", "eve"]
    assert statuses() == {"sent": 3}
    assert sink.connections == 1
    issue.refresh_from_db()
    assert (issue.status, issue.finished_at) == (Issue.Status.SENT, NOW)


def test_a_mail_says_who_sent_it_and_how_to_leave(sink: Sink, client: Client) -> None:
    started("ann", "bob")
    send()

    for arrived in sink.mails:
        mail = arrived.mail
        link = mail["List-Unsubscribe"].strip("<>")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Id"] == "<newsletter.localhost>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@localhost>")
        assert mail["To"] == arrived.recipients[0]
        assert mail["Date"]
        assert link in arrived.part("plain").splitlines()
        assert f'href="{link}"' in arrived.part("html")
        assert arrived.content.count(b"invalid") == 0
    links = {arrived.mail["List-Unsubscribe"] for arrived in sink.mails}
    assert len(links) == 2
    client.post(
        link.removeprefix("http://localhost"), {"List-Unsubscribe": "One-Click"}
    )
    assert Subscriber.objects.confirmed().count() == 1


def test_backends_that_are_not_smtp_get_the_same_mail() -> None:
    started("ann")
    send()

    mail = django_mail.outbox[0]
    assert mail.to == ["ann@patient.example"]
    assert mail.extra_headers["List-Unsubscribe"].startswith("<http://localhost/news")
    assert statuses() == {"sent": 1}


# Refusals


def test_a_busy_server_is_asked_again_five_times_within_a_day(sink: Sink) -> None:
    started("ann")
    sink.mode = Mode.BUSY
    now = NOW
    for tries in range(1, 6):
        send(now)
        row = delivery()
        assert row.attempts == tries
        now = row.next_try_at
        # The worker was alive all the time.
        Issue.objects.update(active_at=now)
        assert send(now - timedelta(seconds=1)) == 0

    assert row.status == Status.FAILED
    assert row.outcome == "content 451"
    assert row.tried_at is not None
    assert row.tried_at - NOW <= timedelta(days=1)
    assert sink.mails == []


def test_a_mail_that_is_tried_again_has_the_same_message_id(sink: Sink) -> None:
    started("ann")
    sink.script = [Mode.DROP]
    send()
    issue_states.send_again(delivery().issue_id, [delivery().pk], NOW)
    send()

    first, second = (arrived.mail["Message-ID"] for arrived in sink.mails)
    assert first == second


def test_one_refusal_holds_up_nobody_else(sink: Sink) -> None:
    started("ann", "bob", "eve")
    sink.script = [Mode.BUSY, Mode.REFUSED]
    assert send() == 1

    assert statuses() == {"waiting": 1, "failed": 1, "sent": 1}
    assert Issue.objects.get().status == Issue.Status.SENDING


def test_an_address_that_does_not_exist_is_marked(sink: Sink) -> None:
    started("ann", "bob")
    sink.stage, sink.script = Stage.RECIPIENT, [Mode.REFUSED]
    send()

    assert statuses() == {"failed": 1, "sent": 1}
    assert delivery().outcome == "recipient 550 5.1.1"
    assert delivery().subscriber.status == Subscriber.Status.BOUNCED
    assert Subscriber.objects.confirmed().count() == 1


def test_a_refused_text_says_nothing_about_the_address(sink: Sink) -> None:
    started("ann")
    sink.script = [Mode.REFUSED]
    send()

    assert delivery().status == Status.FAILED
    assert Subscriber.objects.confirmed().count() == 1


def test_nothing_is_marked_as_sent_that_was_not_accepted(sink: Sink) -> None:
    started(*(f"p{number}" for number in range(12)))
    sink.script = [
        Mode.OK,
        Mode.BUSY,
        Mode.REFUSED,
        Mode.OK,
        Mode.GOODBYE,
        Mode.OK,
        Mode.BUSY,
    ]
    send()

    sent = Delivery.objects.filter(status=Status.SENT).values_list(
        "subscriber__email", flat=True
    )
    assert sorted(name.partition("@")[0] for name in sent) == received(sink)
