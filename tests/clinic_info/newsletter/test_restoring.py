"""A backup that is restored does not know what went out after it was made."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clinic_info.newsletter import continuity, issue_states, jobs, progress
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery
from tests.clinic_info.newsletter.conftest import NOW, Clock, subscribe
from tests.clinic_info.newsletter.mailing import draft, send, started, statuses
from tests.smtp_sink import Sink

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@contextmanager
def restored() -> Iterator[None]:
    """Take the database back to what it was before the block."""
    backup = transaction.savepoint()
    yield
    transaction.savepoint_rollback(backup)


def test_a_backup_of_a_minute_ago_sends_nothing_twice(sink: Sink) -> None:
    issue = started("ann", "bob")
    continuity.hold_if_restored(NOW)
    with restored():
        assert send(NOW) == 2
    assert statuses() == {"waiting": 2}

    assert send(NOW + MINUTE) == 0
    assert len(sink.mails) == 2
    issue.refresh_from_db()
    assert issue.status == Issue.Status.PAUSED
    assert "backup" in issue.remark
    # A person has looked.
    issue_states.resume(issue.pk, NOW + MINUTE)
    assert send(NOW + 2 * MINUTE) == 2


def test_what_was_scheduled_and_sent_meanwhile_is_not_sent_anew(
    sink: Sink, clock: Clock
) -> None:
    subscribe()
    issue = draft()
    issue_states.schedule(issue.pk, NOW + MINUTE, NOW)
    jobs.send_issues(NOW)
    clock.shift(2 * MINUTE)
    with restored():
        jobs.send_issues(clock.now)
    assert len(sink.mails) == 1

    clock.shift(MINUTE)
    jobs.send_issues(clock.now)
    issue.refresh_from_db()
    assert issue.status == Issue.Status.DRAFT
    assert len(sink.mails) == 1


def test_an_issue_after_a_restore_is_no_copy_of_one_before(
    sink: Sink, clock: Clock
) -> None:
    subscribe()
    with restored():
        issue_states.start(draft().pk, NOW)
        send(NOW)
        first = Delivery.objects.get().pk
    issue = draft()
    issue_states.start(issue.pk, NOW + MINUTE)
    # The keys begin anew where the backup ended.
    Delivery.objects.update(id=first)
    send(NOW + MINUTE)
    issue_states.resume(issue.pk, NOW + MINUTE)
    send(NOW + MINUTE)

    ids = [arrived.mail["Message-ID"] for arrived in sink.mails]
    assert len(ids) == len(set(ids)) == 2


@pytest.fixture
def forgetful(settings: Settings, tmp_path: Path) -> Callable[[], None]:
    """Have the machine forget the database, as a container does."""

    def forget() -> None:
        settings.MACHINE_MEMORY = tmp_path / "new"
        settings.MACHINE_MEMORY.mkdir()

    return forget


@pytest.mark.parametrize(("minutes", "sent"), [(4, 1), (6, 0)])
def test_a_machine_that_is_new_goes_on_only_where_others_were_lately(
    minutes: int, sent: int, sink: Sink, forgetful: Callable[[], None]
) -> None:
    started("ann")
    continuity.hold_if_restored(NOW)
    forgetful()

    assert send(NOW + minutes * MINUTE) == sent


@pytest.mark.parametrize("silence", [6 * MINUTE, 3000 * MINUTE])
def test_a_machine_that_is_new_leaves_what_is_to_come_on_its_schedule(
    silence: timedelta, sink: Sink, clock: Clock, forgetful: Callable[[], None]
) -> None:
    subscribe()
    issue = draft()
    issue_states.schedule(issue.pk, NOW + silence + MINUTE, NOW)
    jobs.send_issues(NOW)
    forgetful()
    clock.shift(silence)
    jobs.send_issues(clock.now)
    assert Issue.objects.get().status == Issue.Status.SCHEDULED

    clock.shift(MINUTE)
    jobs.send_issues(clock.now)
    assert len(sink.mails) == 1


def test_a_machine_that_is_new_does_not_begin_what_was_due_in_the_silence(
    sink: Sink, clock: Clock, forgetful: Callable[[], None]
) -> None:
    subscribe()
    due, later = draft(), draft()
    issue_states.schedule(due.pk, NOW + 5 * MINUTE, NOW)
    issue_states.schedule(later.pk, NOW + 99 * MINUTE, NOW)
    jobs.send_issues(NOW)
    forgetful()
    clock.shift(6 * MINUTE)
    for _ in range(2):
        jobs.send_issues(clock.now)

    states = dict(Issue.objects.values_list("pk", "status"))
    assert states == {due.pk: "draft", later.pk: "scheduled"}
    assert not sink.mails


def test_what_a_machine_remembers_is_on_its_disk_before_it_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    continuity.hold_if_restored(NOW)
    before = continuity.memory().read_text()
    seen = []
    monkeypatch.setattr(
        os, "fsync", lambda _file: seen.append(continuity.memory().read_text())
    )
    continuity.hold_if_restored(NOW)

    assert seen == [before]
    assert int(continuity.memory().read_text()) == int(before) + 1


def test_a_worker_that_was_away_goes_on_with_the_database_that_it_knows(
    sink: Sink,
) -> None:
    started("ann")
    continuity.hold_if_restored(NOW)

    assert send(NOW + progress.STALE - MINUTE) == 1


def test_a_machine_that_cannot_write_sends_all_the_same(
    sink: Sink, settings: Settings, tmp_path: Path
) -> None:
    settings.MACHINE_MEMORY = tmp_path / "nowhere"
    started("ann", "bob")

    assert send(NOW) == 2


def test_a_command_holds_everything_after_a_restore(
    sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    sending_issue = started("ann")
    scheduled = draft()
    issue_states.schedule(scheduled.pk, NOW + MINUTE, NOW)
    call_command("hold_newsletters")
    assert "goes on with them: 2" in capsys.readouterr().out
    progress.start_due(NOW + MINUTE)
    assert send(NOW + MINUTE) == 0

    sending_issue.refresh_from_db()
    scheduled.refresh_from_db()
    assert sending_issue.status == Issue.Status.PAUSED
    assert scheduled.status == Issue.Status.DRAFT
    assert Delivery.objects.get().status == Delivery.Status.WAITING


def test_staff_see_what_was_held_until_they_go_on_with_it(
    admin_client: Client,
) -> None:
    issue = draft(subject="Held news")
    issue_states.schedule(issue.pk, timezone.now() + MINUTE, timezone.now())
    issue_states.hold_all(timezone.now())
    assert "Held news" in admin_client.get("/admin/").content.decode()

    issue_states.schedule(issue.pk, timezone.now() + MINUTE, timezone.now())
    assert "Held news" not in admin_client.get("/admin/").content.decode()
