import socket
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from clinic_info.newsletter import issue_states, progress, sending
from clinic_info.newsletter.durability import NORMAL, new_owner, quick_commits
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from tests.clinic_info.newsletter.conftest import NOW
from tests.clinic_info.newsletter.mailing import (
    delivery,
    send,
    started,
    statuses,
)
from tests.smtp_sink import Mode, Sink, Stage

Status = Delivery.Status
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


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
    assert issue_states.send_again(issue.pk, [doubtful.pk], NOW)
    assert not issue_states.send_again(issue.pk, [doubtful.pk], NOW)
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

    progress.give_up_lost(NOW + sending.LEASE - MINUTE / 60)
    assert statuses() == {"sending": 1, "waiting": 2}
    assert send(NOW + sending.LEASE) == 2
    assert statuses() == {"unknown": 1, "sent": 2}
    assert len(sink.mails) == 2


def test_rows_set_aside_by_a_dead_worker_are_taken_up_by_another(sink: Sink) -> None:
    started("ann", "bob")
    Delivery.objects.update(owner=new_owner(), leased_until=NOW + MINUTE)

    assert send() == 0
    assert send(NOW + MINUTE) == 2


def test_what_was_set_aside_before_the_machine_died_is_left_to_a_person(
    sink: Sink,
) -> None:
    started("ann", "bob")
    Delivery.objects.filter(pk=delivery("ann").pk).update(
        owner="another-boot-and-worker", leased_until=NOW + MINUTE
    )

    assert send(NOW + MINUTE / 2) == 1
    # On PostgreSQL each mark waits for the disk: there nothing is in doubt.
    sqlite = connection.vendor == "sqlite"
    assert send(NOW + MINUTE) == (0 if sqlite else 1)
    assert statuses() == ({"unknown": 1, "sent": 1} if sqlite else {"sent": 2})


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_commits_wait_for_the_disk_again_after_a_batch() -> None:
    if connection.vendor != "sqlite":
        with quick_commits():
            return

    def level() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")
    try:
        with quick_commits():
            assert level() == NORMAL
        assert level() == NORMAL + 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")


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


@pytest.mark.parametrize(
    ("stage", "mode", "status", "said"),
    [
        (Stage.RECIPIENT, Mode.DENIED, "failed", "refused the address (554"),
        (Stage.CONTENT, Mode.DENIED, "failed", "refused the mail (554"),
        (Stage.CONTENT, Mode.DROP, "unknown", "did not answer"),
    ],
)
def test_a_server_that_refuses_everybody_pauses_the_issue(
    stage: Stage, mode: Mode, status: str, said: str, sink: Sink
) -> None:
    issue = started(*(f"p{number}" for number in range(6)))
    sink.stage, sink.mode = stage, mode
    assert send() == 0

    issue.refresh_from_db()
    assert issue.status == Issue.Status.PAUSED
    assert said in issue.remark
    assert statuses() == {status: 3, "waiting": 3}
    assert Subscriber.objects.confirmed().count() == 6


def test_losses_in_a_row_are_counted_over_rounds(
    sink: Sink, settings: Settings
) -> None:
    settings.NEWSLETTER_MAILS_PER_MINUTE = 1
    started(*(f"p{number}" for number in range(6)))
    sink.stage, sink.mode = Stage.RECIPIENT, Mode.DENIED
    for number in range(6):
        send(NOW + 2 * MINUTE * number)

    assert statuses() == {"failed": 3, "waiting": 3}


def test_failed_mails_are_tried_again_but_not_to_addresses_that_are_gone(
    sink: Sink,
) -> None:
    issue = started("ann", "bob", "eve", "kim")
    sink.stage, sink.mode = Stage.RECIPIENT, Mode.DENIED
    sink.script = [Mode.REFUSED]
    send()
    assert statuses() == {"failed": 4}
    assert Subscriber.objects.confirmed().count() == 3

    sink.mode = Mode.OK
    assert issue_states.try_failed_again(issue.pk, NOW) == 3
    with pytest.raises(issue_states.IssueStateError):
        issue_states.try_failed_again(issue.pk, NOW)
    issue_states.resume(issue.pk, NOW)
    assert send() == 3
    issue.refresh_from_db()
    assert issue.status == Issue.Status.SENT
