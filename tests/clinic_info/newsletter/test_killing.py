import random
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_info.newsletter import issue_states, progress, sending
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from tests.clinic_info.newsletter.senders import nursery
from tests.processes import wait_for
from tests.smtp_sink import Mode, Sink

MAILS = 300
KILLS = 15
Status = Delivery.Status

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def started(mails: int = MAILS) -> Issue:
    now = timezone.now()
    Subscriber.objects.bulk_create(
        Subscriber(
            email=f"p{number}@patient.example",
            status=Subscriber.Status.CONFIRMED,
            created_at=now,
            confirmed_at=now,
        )
        for number in range(mails)
    )
    issue = Issue.objects.create(subject="Skin", introduction="<p>Hello.</p>")
    issue_states.start(issue.pk, now)
    return issue


def recipients(sink: Sink) -> "Counter[str]":
    return Counter(mail.recipients[0] for mail in sink.mails)


def with_status(*statuses: Status) -> set[str]:
    rows = Delivery.objects.filter(status__in=statuses)
    return set(rows.values_list("subscriber__email", flat=True))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_senders_lose_nobody_and_mail_nobody_twice(
    seed: int, sink: Sink
) -> None:
    started()
    sink.mode, sink.slow_seconds = Mode.SLOW, 0.004
    numbers = random.Random(seed)  # noqa: S311 (when to kill)
    with nursery(sink.port) as senders:
        for _ in range(KILLS):
            goal = len(sink.mails) + numbers.randint(1, 14)
            pid = senders.start()
            wait_for(lambda goal=goal: len(sink.mails) >= goal)
            senders.kill(pid)
        senders.start()
        wait_for(lambda: not with_status(Status.WAITING))
        wait_for(lambda: len(with_status(Status.SENDING)) <= KILLS)
        wait_for(lambda: len(with_status(Status.SENT)) >= MAILS - KILLS)
        senders.kill_all()
    progress.give_up_lost(timezone.now() + sending.LEASE)

    arrived, doubtful = recipients(sink), with_status(Status.UNKNOWN)
    assert max(arrived.values()) == 1
    assert with_status(Status.SENT) <= set(arrived)
    assert len(with_status(Status.SENT, Status.UNKNOWN)) == MAILS
    assert len(doubtful) <= KILLS
    # Whoever got nothing is among those that staff see.
    assert {f"p{n}@patient.example" for n in range(MAILS)} - set(arrived) <= doubtful


def test_many_senders_share_the_work_and_one_that_comes_late_steals_nothing(
    sink: Sink,
) -> None:
    issue = started()
    sink.mode, sink.slow_seconds = Mode.SLOW, 0.01
    with nursery(sink.port, set_aside=60) as senders:
        for _ in range(4):
            senders.start()
        wait_for(lambda: len(sink.mails) >= MAILS // 3)
        senders.start()
        wait_for(lambda: len(with_status(Status.SENT)) == MAILS, 60)

    assert set(recipients(sink).values()) == {1}
    assert sum(recipients(sink).values()) == MAILS
    progress.keep_in_step(timezone.now() + timedelta(seconds=1))
    issue.refresh_from_db()
    assert issue.status == Issue.Status.SENT
