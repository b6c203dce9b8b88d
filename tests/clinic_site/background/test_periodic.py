from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from clinic_site.background import heartbeats, periodic
from clinic_site.settings import PERIODIC_JOBS

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

CALLS: list[Any] = []


def note(now: Any) -> None:
    CALLS.append(now)


def break_down(now: Any) -> None:
    raise ValueError


@pytest.fixture
def hourly(settings: Settings) -> None:
    CALLS.clear()
    settings.PERIODIC_JOBS = [
        ("broken", f"{__name__}.break_down", timedelta(hours=1)),
        ("note", f"{__name__}.note", timedelta(hours=1)),
    ]


def test_a_job_comes_round_when_its_time_has_come(hourly: None) -> None:
    now = timezone.now()

    assert periodic.run_due(now, "one") == ["note"]
    assert periodic.run_due(now + timedelta(minutes=59), "one") == []
    assert periodic.run_due(now + timedelta(minutes=60), "one") == ["note"]
    # After three days without a worker it is caught up once.
    assert periodic.run_due(now + timedelta(days=3), "one") == ["note"]
    assert periodic.run_due(now + timedelta(days=3, minutes=1), "one") == []
    assert len(CALLS) == 3


def test_a_job_that_failed_comes_round_again_in_its_time(settings: Settings) -> None:
    settings.PERIODIC_JOBS = [("often", f"{__name__}.break_down", timedelta(minutes=1))]
    now = timezone.now()

    assert periodic.run_due(now, "one") == []
    settings.PERIODIC_JOBS = [("often", f"{__name__}.note", timedelta(minutes=1))]
    assert periodic.run_due(now + timedelta(seconds=59), "one") == []
    assert periodic.run_due(now + timedelta(seconds=60), "one") == ["often"]


def test_a_job_that_another_worker_is_doing_is_left_to_it(hourly: None) -> None:
    now = timezone.now()
    note_job = periodic.jobs()[1]
    heartbeats.beat("one", now)
    assert periodic._begin(note_job, now, "one")

    later = now + timedelta(hours=2)
    heartbeats.beat("one", later)
    assert not periodic._begin(note_job, later, "two")


@pytest.mark.parametrize("worker", ["two", "one"])
def test_a_job_that_was_begun_and_lost_is_due_in_its_time(
    hourly: None, worker: str
) -> None:
    now = timezone.now()
    note_job = periodic.jobs()[1]
    heartbeats.beat("one", now)
    assert periodic._begin(note_job, now, "one")

    # "one" died, or could not store that the job has ended.
    later = now + timedelta(hours=1)
    heartbeats.beat(worker, later)
    assert periodic._begin(note_job, later, worker)


def test_every_job_of_the_site_runs(settings: Settings) -> None:
    settings.PERIODIC_JOBS = PERIODIC_JOBS

    done = periodic.run_due(timezone.now(), "one")

    assert done == [name for name, _path, _every in PERIODIC_JOBS]
    assert "publish_scheduled" in done
