import random
import subprocess
from collections import Counter

import pytest
from django.utils import timezone
from pytest_django import Settings

from clinic_site.mail import sending
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.queue import queue
from tests.clinic_site.mail.kinds import MAIL_KINDS
from tests.processes import start_worker, wait_for
from tests.smtp_sink import Mode, Sink

MAILS = 40
KILLS = 4
Status = OutgoingMail.Status


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_killed_workers_lose_nothing_and_send_nothing_twice(
    sink: Sink, settings: Settings
) -> None:
    settings.MAIL_KINDS = MAIL_KINDS
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
        "background": {"BACKEND": "django_tasks_db.DatabaseBackend"},
    }
    sink.mode, sink.slow_seconds = Mode.SLOW, 0.03
    numbers = random.Random(7)  # noqa: S311 (when to kill)
    # Each queued mail asks for a round, so there are rounds enough for every worker.
    for number in range(MAILS):
        queue(
            "hello",
            key=f"hello:{number}",
            reference=str(number),
            recipient="ann@patient.example",
            now=timezone.now(),
        )

    def start() -> "subprocess.Popen[bytes]":
        return start_worker(
            "settings.EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend';"
            f"settings.EMAIL_HOST = '127.0.0.1'; settings.EMAIL_PORT = {sink.port};"
            "from tests.clinic_site.mail.kinds import MAIL_KINDS;"
            "settings.MAIL_KINDS = MAIL_KINDS"
        )

    for _ in range(KILLS):
        arrived = len(sink.mails)
        worker = start()
        try:
            goal = arrived + numbers.randint(2, 6)
            wait_for(lambda goal=goal: len(sink.mails) >= goal)
        finally:
            worker.kill()
            worker.wait()
    worker = start()
    try:
        waiting = OutgoingMail.objects.filter(status=Status.WAITING)
        wait_for(lambda: not waiting.exists() and len(sink.mails) >= MAILS - KILLS)
        wait_for(
            lambda: OutgoingMail.objects.filter(status=Status.SENDING).count() <= KILLS
        )
    finally:
        worker.terminate()
        worker.wait()
    sending.give_up_lost(timezone.now() + sending.LEASE)

    subjects = Counter(arrived.mail["Subject"] for arrived in sink.mails)
    statuses = Counter(OutgoingMail.objects.values_list("status", flat=True))
    unknown = set(
        OutgoingMail.objects.filter(status=Status.UNKNOWN).values_list(
            "reference", flat=True
        )
    )
    assert max(subjects.values()) == 1
    assert statuses[Status.SENT] + statuses[Status.UNKNOWN] == MAILS
    assert statuses[Status.UNKNOWN] <= KILLS
    missing = {f"Hello {number}" for number in range(MAILS)} - set(subjects)
    assert missing <= {f"Hello {reference}" for reference in unknown}
