"""A machine begins with a clock that is years ahead or behind, and then is told the time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from clinic_site.background import heartbeats, lost_tasks, periodic
from clinic_site.background import worker as worker_module
from clinic_site.background.worker import HOUSEKEEPING_SECONDS, Worker
from clinic_site.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

YEARS = timedelta(days=1000)


@task(backend="background")
def do_nothing() -> None:
    pass


def is_run(now: object) -> None:
    pass


def test_a_job_that_was_begun_in_the_future_is_due(settings: Settings) -> None:
    settings.PERIODIC_JOBS = [("job", f"{__name__}.is_run", timedelta(hours=1))]
    now = timezone.now()
    assert periodic.run_due(now + YEARS, "one") == ["job"]

    assert periodic.run_due(now, "one") == ["job"]
    assert periodic.run_due(now + timedelta(minutes=1), "one") == []


def test_a_job_that_is_being_done_since_is_left_to_its_worker(
    settings: Settings,
) -> None:
    settings.PERIODIC_JOBS = [("job", f"{__name__}.is_run", timedelta(seconds=30))]
    (job,) = periodic.jobs()
    now = timezone.now()
    periodic.run_due(now + YEARS, "one")
    heartbeats.beat("one", now)
    assert periodic._begin(job, now, "one")

    assert not periodic._begin(job, now + timedelta(seconds=31), "two")


def test_a_beat_from_the_future_is_no_sign_of_life() -> None:
    now = timezone.now()
    DBTaskResult.objects.get(pk=do_nothing.enqueue().id).claim("dead")
    heartbeats.beat("before", now - timedelta(hours=1))
    heartbeats.beat("dead", now + YEARS)

    assert heartbeats.is_silent(now)
    assert heartbeats.last_beat(now) == now - timedelta(hours=1)
    assert lost_tasks.take_up(now, "one") == 1
    heartbeats.forget_dead(now)
    assert [row.worker for row in WorkerHeartbeat.objects.all()] == ["before"]


def test_a_worker_whose_clock_is_put_back_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, steady, rounds = timezone.now(), [1000.0], []
    monkeypatch.setattr(worker_module.time, "monotonic", lambda: steady[0])
    monkeypatch.setattr(worker_module.timezone, "now", lambda: now)
    monkeypatch.setattr(periodic, "run_due", lambda at, _worker: rounds.append(at))
    worker = Worker()

    worker.work_once()
    worker.work_once()
    before, now = now, now - timedelta(hours=1)
    steady[0] += HOUSEKEEPING_SECONDS
    worker.work_once()

    assert rounds == [before, now]
