"""Which workers are alive: each says so every few seconds, whatever else it is doing."""

from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread

from django.db import Error as DatabaseFailure
from django.db import connection, models
from django.utils import timezone

from clinic_site.models import WorkerHeartbeat, WorkerSilence

BEAT_SECONDS = 10
# A worker that has been silent for longer is taken for dead: a long lock is no death.
SILENCE = timedelta(seconds=90)
# Clocks of machines differ by less: what lies further ahead was stored by a wrong one.
FAR_AHEAD = timedelta(minutes=5)
# A pause as long as this is told to staff, for some days: things were done late.
LONG_SILENCE = timedelta(minutes=10)
KEEP_SILENCES = timedelta(days=3)


def beat(worker: str, now: datetime) -> None:
    """Say that a worker is alive."""
    WorkerHeartbeat.objects.update_or_create(worker=worker, defaults={"beaten_at": now})


def forget(worker: str) -> None:
    """Forget a worker that never meant to stay: nothing stands still without it."""
    WorkerHeartbeat.objects.filter(worker=worker).delete()


def alive(now: datetime) -> set[str]:
    """Return the workers that are alive."""
    return set(_living(now).values_list("worker", flat=True))


def last_beat(now: datetime) -> datetime | None:
    """Return when any worker was last alive, None if none ever was."""
    beats = WorkerHeartbeat.objects.filter(beaten_at__lt=now + FAR_AHEAD)
    return beats.order_by("-beaten_at").values_list("beaten_at", flat=True).first()


def is_silent(now: datetime) -> bool:
    """Tell whether no worker is alive."""
    return not _living(now).exists()


def note_silence(now: datetime) -> None:
    """Note, before the first beat of a worker, for how long there was none."""
    last = last_beat(now)
    if last is not None and now - last >= LONG_SILENCE:
        WorkerSilence.objects.get_or_create(since=last, defaults={"until": now})
    WorkerSilence.objects.filter(until__lt=now - KEEP_SILENCES).delete()


def silences(now: datetime) -> list[WorkerSilence]:
    """Return the long silences of the last days, the latest first."""
    recent = WorkerSilence.objects.filter(until__gte=now - KEEP_SILENCES)
    return list(recent.order_by("-since"))


def forget_dead(now: datetime) -> None:
    """Delete what dead workers left, but the last beat of all."""
    dead = WorkerHeartbeat.objects.exclude(pk__in=_living(now).values("pk"))
    dead.exclude(beaten_at=last_beat(now)).delete()


def _living(now: datetime) -> models.QuerySet[WorkerHeartbeat]:
    return WorkerHeartbeat.objects.filter(
        beaten_at__gt=now - SILENCE, beaten_at__lt=now + FAR_AHEAD
    )


class Pulse:
    """Beats in a thread of its own, also while the worker is busy with a long task."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._ending = Event()
        self._thread = Thread(target=self._run, daemon=True, name="heartbeat")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(timeout=BEAT_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                beat(self._worker, timezone.now())
            except DatabaseFailure:
                # The next beat comes through a new connection.
                with suppress(DatabaseFailure):
                    connection.close()
            if self._ending.wait(BEAT_SECONDS):
                connection.close()
                return
