import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from clinic_info.newsletter import issue_states, progress, sending, subscriptions
from clinic_info.newsletter.issue_states import IssueStateError
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from clinic_site import content_version
from clinic_site.mail.delivery import MailServer
from tests.clinic_info.newsletter.conftest import NOW, Clock, subscribe
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


# The version moves as a transaction ends.
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_issue_cancelled_before_its_only_mail_is_refused_leaves_the_archive(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = started("ann")
    sink.mode, sink.stage = Mode.REFUSED, Stage.RECIPIENT
    deliver = MailServer.deliver_content
    versions: list[int] = []

    def cancel_and_deliver(*arguments: Any) -> None:
        issue_states.cancel(issue.pk, NOW)
        assert issue in Issue.objects.in_archive()
        versions.append(content_version.current())
        deliver(*arguments)

    monkeypatch.setattr(MailServer, "deliver_content", cancel_and_deliver)
    assert send() == 0

    assert statuses() == {"failed": 1}
    assert issue not in Issue.objects.in_archive()
    assert [content_version.current()] != versions


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
    progress.start_due(NOW + timedelta(minutes=59))
    assert statuses() == {}
    progress.start_due(NOW + timedelta(hours=1))

    assert statuses() == {"waiting": 1}


def test_what_stood_still_for_long_waits_for_a_person(sink: Sink) -> None:
    issue = started("ann")
    later = NOW + progress.STALE
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
    progress.start_due(NOW + MINUTE + progress.STALE)

    issue.refresh_from_db()
    assert issue.status == Issue.Status.SCHEDULED
    assert statuses() == {}


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
