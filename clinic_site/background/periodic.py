"""Jobs that come round again: named in settings, begun by one worker at a time."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils.module_loading import import_string

from clinic_site.background import heartbeats
from clinic_site.models import PeriodicJob

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A function that takes the present time, and how often it is called."""

    name: str
    path: str
    every: timedelta


def jobs() -> list[Job]:
    """Return the jobs that PERIODIC_JOBS names."""
    named: Sequence[tuple[str, str, timedelta]] = settings.PERIODIC_JOBS
    return [Job(*entry) for entry in named]


def run_due(now: datetime, worker: str) -> list[str]:
    """Run each job whose time has come, missed ones once; return the names of those done.

    A job that fails is logged, and comes round again when its time has.
    """
    done = []
    for job in jobs():
        if not _begin(job, now, worker):
            continue
        try:
            import_string(job.path)(now)
        except Exception:
            logger.exception("Periodic job %s failed", job.name)
        else:
            done.append(job.name)
        # Whatever it was, the job has ended: it is due again when its time has come.
        PeriodicJob.objects.filter(name=job.name, begun_at=now).update(ended_at=now)
    return done


def _begin(job: Job, now: datetime, worker: str) -> bool:
    """Claim a job that is due; tell whether this worker got it."""
    PeriodicJob.objects.bulk_create([PeriodicJob(name=job.name)], ignore_conflicts=True)
    is_due = (
        Q(begun_at=None)
        | Q(begun_at__lte=now - job.every)
        # Begun while the clock was wrong: it may be years until then.
        | Q(begun_at__gt=now + heartbeats.FAR_AHEAD)
    )
    # A worker does one thing at a time: what it left without an end it has lost.
    is_running = Q(worker__in=heartbeats.alive(now) - {worker}) & (
        Q(ended_at=None) | Q(ended_at__lt=F("begun_at"))
    )
    # One statement decides, so that two workers never both begin.
    claimed = (
        PeriodicJob.objects.filter(name=job.name)
        .filter(is_due)
        .exclude(begun_at__isnull=False, pk__in=PeriodicJob.objects.filter(is_running))
        .update(begun_at=now, ended_at=None, worker=worker)
    )
    return bool(claimed)
