import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from clinic_info.newsletter import issue_states, sending, subscriptions
from clinic_info.newsletter.issue_states import IssueStateError
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from tests.clinic_info.newsletter.conftest import NOW, Clock, subscribe
from tests.smtp_sink import Mode, Sink, Stage

Status = Delivery.Status
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def draft(**values: object) -> Issue:
    return Issue.objects.create(
        **{"subject": "Skin in spring", "introduction": "<p>Hello.</p>"} | values
    )


def started(*names: str, now: datetime = NOW) -> Issue:
    """Return an issue whose sending to these subscribers has begun."""
    for name in names or ["ann"]:
        subscribe(f"{name}@patient.example")
    issue = draft()
    issue_states.start(issue.pk, now)
    issue.refresh_from_db()
    return issue


def send(now: datetime = NOW) -> int:
    return sending.send_round(now, clock=lambda: now)


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Delivery.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def delivery(name: str = "ann") -> Delivery:
    return Delivery.objects.get(subscriber__email=f"{name}@patient.example")


def received(sink: Sink) -> list[str]:
    return sorted(mail.recipients[0].partition("@")[0] for mail in sink.mails)


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
    issue_states.send_again(delivery().pk, NOW)
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
    assert delivery().outcome == "recipient 550"
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


# Doubt


def test_an_answer_that_never_came_is_left_to_a_person(sink: Sink) -> None:
    issue = started("ann", "bob")
    sink.script = [Mode.DROP]
    send()

    assert statuses() == {"unknown": 1, "sent": 1}
    assert send(NOW + timedelta(days=1)) == 0
    issue.refresh_from_db()
    assert issue.status == Issue.Status.SENT

    doubtful = Delivery.objects.needing_a_person().get()
    assert issue_states.send_again(doubtful.pk, NOW)
    assert not issue_states.send_again(doubtful.pk, NOW)
    assert send() == 1
    assert statuses() == {"sent": 2}
    issue.refresh_from_db()
    assert issue.status == Issue.Status.SENT


def test_a_worker_that_dies_in_the_act_leaves_one_doubtful_mail(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    started("ann", "bob", "eve")

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending.MailServer, "deliver_content", die)
    with pytest.raises(KeyboardInterrupt):
        send()
    assert statuses() == {"sending": 1, "waiting": 2}
    monkeypatch.undo()

    sending.give_up_lost(NOW + sending.LEASE - MINUTE / 60)
    assert statuses() == {"sending": 1, "waiting": 2}
    assert send(NOW + sending.LEASE) == 2
    assert statuses() == {"unknown": 1, "sent": 2}
    assert len(sink.mails) == 2


def test_rows_set_aside_by_a_dead_worker_are_taken_up_by_another(sink: Sink) -> None:
    started("ann", "bob")
    Delivery.objects.update(owner="dead", leased_until=NOW + MINUTE)

    assert send() == 0
    assert send(NOW + MINUTE) == 2


def test_a_row_that_was_taken_by_another_worker_is_let_go(sink: Sink) -> None:
    started("ann", "bob", "eve")

    class Thief:
        """A clock in whose time another worker takes what is left."""

        calls = 0

        def __call__(self) -> datetime:
            self.calls += 1
            if len(sink.mails) == 1:
                Delivery.objects.filter(status=Status.WAITING).update(
                    owner="other", leased_until=NOW + MINUTE
                )
            return NOW

    assert sending.send_round(NOW, clock=Thief()) == 1
    assert statuses() == {"sent": 1, "waiting": 2}
    assert set(
        Delivery.objects.filter(status=Status.WAITING).values_list("owner", flat=True)
    ) == {"other"}


# Servers that are not there


def test_a_server_that_is_away_is_left_alone_for_a_minute_and_nothing_is_lost(
    sink: Sink, settings: Settings
) -> None:
    issue = started("ann", "bob")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, nobody.getsockname()[1]
        assert send() == 0
        settings.EMAIL_PORT = port
    issue.refresh_from_db()

    assert "mail server" in issue.remark
    assert set(Delivery.objects.values_list("attempts", "owner")) == {(0, "")}
    assert send(NOW + timedelta(seconds=59)) == 0
    assert send(NOW + MINUTE) == 2
    issue.refresh_from_db()
    assert issue.remark == ""


def test_mail_is_never_sent_in_plain_text_instead(
    sink: Sink, settings: Settings
) -> None:
    started("ann")
    settings.EMAIL_USE_TLS = True  # the sink knows none

    assert send() == 0
    assert sink.mails == []
    assert statuses() == {"waiting": 1}


def test_a_server_that_hangs_at_one_recipient_does_not_hold_up_the_others(
    sink: Sink, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    started("ann", "bob", "eve")
    sink.stage, sink.script = Stage.RECIPIENT, [Mode.HANG]
    assert send() == 2

    assert statuses() == {"waiting": 1, "sent": 2}
    assert Delivery.objects.get(status=Status.WAITING).attempts == 1


def test_a_server_that_closes_again_and_again_is_left_alone(sink: Sink) -> None:
    started(*(f"p{number}" for number in range(6)))
    sink.stage, sink.mode = Stage.RECIPIENT, Mode.DROP
    assert send() == 0

    assert Delivery.objects.filter(attempts=1).count() == sending.MOST_LOSSES
    assert Issue.objects.get().held_until == NOW + sending.PAUSE


# People who change their mind


def test_who_unsubscribes_meanwhile_gets_nothing_more(sink: Sink) -> None:
    started("ann", "bob", "eve")

    def clock() -> datetime:
        if len(sink.mails) == 1:
            for person in Subscriber.objects.filter(deliveries__status=Status.WAITING):
                subscriptions.unsubscribe(person.public_id, NOW)
        return NOW

    assert sending.send_round(NOW, clock=clock) == 1
    assert statuses() == {"sent": 1, "skipped": 2}
    assert Issue.objects.get().status == Issue.Status.SENT


def test_who_is_deleted_meanwhile_gets_nothing_more(sink: Sink) -> None:
    started("ann", "bob")
    subscriptions.erase(delivery("bob").subscriber.public_id, NOW)

    assert send() == 1
    assert received(sink) == ["ann"]
    assert statuses() == {"sent": 1, "skipped": 1}


@pytest.mark.parametrize("change", [issue_states.pause, issue_states.cancel])
def test_sending_stops_with_the_present_mail(
    change: Callable[..., None], sink: Sink
) -> None:
    issue = started("ann", "bob", "eve")

    def clock() -> datetime:
        if len(sink.mails) == 1:
            Issue.objects.filter(status=Issue.Status.SENDING).exists() and change(
                issue.pk, NOW
            )
        return NOW

    assert sending.send_round(NOW, clock=clock) == 1
    assert send() == 0
    assert len(sink.mails) == 1


def test_a_paused_issue_goes_on_where_it_was(sink: Sink) -> None:
    issue = started("ann", "bob")
    issue_states.pause(issue.pk, NOW)
    assert send() == 0
    issue_states.resume(issue.pk, NOW)

    assert send() == 2


def test_a_cancelled_issue_is_over(sink: Sink) -> None:
    issue = started("ann", "bob")
    issue_states.cancel(issue.pk, NOW)

    assert statuses() == {"skipped": 2}
    for change in (issue_states.resume, issue_states.pause, issue_states.start):
        with pytest.raises(IssueStateError):
            change(issue.pk, NOW)


# Time


def test_the_rate_holds_for_all_workers_together(
    sink: Sink, settings: Settings
) -> None:
    settings.NEWSLETTER_MAILS_PER_MINUTE = 3
    started(*(f"p{number}" for number in range(8)))

    assert send() == 3
    assert send(NOW + timedelta(seconds=59)) == 0
    assert send(NOW + MINUTE) == 3
    assert send(NOW + 2 * MINUTE) == 2


def test_rows_that_others_have_set_aside_count_for_the_rate(
    sink: Sink, settings: Settings
) -> None:
    settings.NEWSLETTER_MAILS_PER_MINUTE = 3
    started("ann", "bob", "eve", "kim")
    Delivery.objects.filter(subscriber__email__startswith="ann").update(
        owner="other", leased_until=NOW + MINUTE
    )

    assert send() == 2


def test_a_scheduled_issue_begins_at_its_time(sink: Sink) -> None:
    subscribe()
    issue = draft()
    issue_states.schedule(issue.pk, NOW + timedelta(hours=1), NOW)
    sending.start_due(NOW + timedelta(minutes=59))
    assert statuses() == {}
    sending.start_due(NOW + timedelta(hours=1))

    assert statuses() == {"waiting": 1}


def test_what_stood_still_for_long_waits_for_a_person(sink: Sink) -> None:
    issue = started("ann")
    later = NOW + sending.STALE
    assert send(later) == 0

    issue.refresh_from_db()
    assert issue.status == Issue.Status.PAUSED
    assert "backup" in issue.remark
    issue_states.resume(issue.pk, later)
    assert send(later) == 1


def test_a_schedule_of_long_ago_waits_for_a_person() -> None:
    subscribe()
    issue = draft()
    issue_states.schedule(issue.pk, NOW + MINUTE, NOW)
    sending.start_due(NOW + MINUTE + sending.STALE)

    issue.refresh_from_db()
    assert issue.status == Issue.Status.SCHEDULED
    assert statuses() == {}


def test_after_a_restore_nothing_sends_by_itself(sink: Sink) -> None:
    sending_issue = started("ann")
    scheduled = draft()
    issue_states.schedule(scheduled.pk, NOW + MINUTE, NOW)
    issue_states.hold_all(NOW)
    sending.start_due(NOW + MINUTE)
    assert send(NOW + MINUTE) == 0

    sending_issue.refresh_from_db()
    scheduled.refresh_from_db()
    assert sending_issue.status == Issue.Status.PAUSED
    assert scheduled.status == Issue.Status.DRAFT


# Many at once


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_workers_at_once_send_every_row_once(sink: Sink, clock: Clock) -> None:
    started(*(f"p{number}" for number in range(60)))

    def work(_number: int) -> int:
        try:
            return sending.send_round(NOW, clock=lambda: NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        totals = list(threads.map(work, range(4)))

    assert sum(totals) == 60
    assert len(set(received(sink))) == len(sink.mails) == 60
    assert statuses() == {"sent": 60}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_people_who_press_send_at_once_send_once() -> None:
    subscribe()
    issue = draft()

    def press(_number: int) -> bool:
        try:
            issue_states.start(issue.pk, datetime.now(UTC))
        except IssueStateError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(press, range(2))) == [False, True]
    assert statuses() == {"waiting": 1}


def test_no_address_is_logged(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="clinic_info")
    started("ann", "bob", "eve")
    sink.script = [Mode.DROP, Mode.REFUSED, Mode.BUSY]
    send()

    assert caplog.records
    assert not re.search("ann|bob|eve|@", caplog.text)
