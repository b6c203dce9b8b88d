import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from clinic_site.background import heartbeats, lost_tasks
from clinic_site.background.worker import Worker, run_waiting_tasks
from clinic_site.models import WorkerHeartbeat
from tests.processes import start_worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@task(backend="background")
def write(path: str, text: str) -> None:
    with Path(path).open("a") as file:
        file.write(text)


@task(backend="background")
def wait_to_go_on(path: str) -> None:
    write.call(path, "begun ")
    wait_for(Path(f"{path} may go on").exists)
    write.call(path, "done ")


@task(backend="background")
def wait_for_another_worker(path: str, text: str) -> None:
    here = Path(f"{path} here")
    write.call(str(here), f"{os.getpid()} ")
    wait_for(lambda: len(set(here.read_text().split())) == 2)
    write.call(path, text)


@task(backend="background")
def beside_a_worker(path: str) -> None:
    taken = lost_tasks.take_up(timezone.now(), "another")
    write.call(path, f"{taken} taken up")


@task(backend="background")
def fail() -> None:
    raise ValueError("no")


def status(result: Any) -> str:
    return DBTaskResult.objects.get(pk=result.id).status


def test_a_task_is_done_and_the_worker_says_that_it_lives(tmp_path: Path) -> None:
    path = tmp_path / "out"
    results = [write.enqueue(str(path), text) for text in "ab"]
    worker = Worker()

    assert worker.work_once()
    assert worker.work_once()
    assert not worker.work_once()

    assert sorted(path.read_text()) == ["a", "b"]
    assert {status(result) for result in results} == {TaskResultStatus.SUCCESSFUL}
    assert heartbeats.alive(timezone.now()) == {worker.id}


def test_a_task_that_fails_does_not_end_the_worker(tmp_path: Path) -> None:
    failing, after = fail.enqueue(), write.enqueue(str(tmp_path / "out"), "x")
    worker = Worker()
    worker.work_once()
    worker.work_once()

    assert status(failing) == TaskResultStatus.FAILED
    assert status(after) == TaskResultStatus.SUCCESSFUL


def test_a_task_of_a_dead_worker_is_run_again_and_given_up_after_three(
    tmp_path: Path,
) -> None:
    result = write.enqueue(str(tmp_path / "out"), "x")
    row = DBTaskResult.objects.get(pk=result.id)
    for attempt in (1, 2, 3):
        row.claim(f"dead {attempt}")
        assert lost_tasks.take_up(timezone.now(), "one") == 1
        row.refresh_from_db()
        expected = TaskResultStatus.READY if attempt < 3 else TaskResultStatus.FAILED
        assert row.status == expected


def test_a_task_of_a_living_worker_is_left_to_it(tmp_path: Path) -> None:
    row = DBTaskResult.objects.get(pk=write.enqueue(str(tmp_path), "x").id)
    row.claim("busy")
    heartbeats.beat("busy", timezone.now() - timedelta(seconds=60))

    assert lost_tasks.take_up(timezone.now(), "one") == 0
    later = timezone.now() + timedelta(seconds=40)
    assert lost_tasks.take_up(later, "one") == 1


def test_a_task_whose_end_could_not_be_stored_is_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_arguments: Any) -> None:
        raise OperationalError("server closed the connection")

    result = write.enqueue(str(tmp_path / "out"), "x")
    worker = Worker()
    with monkeypatch.context() as patch:
        patch.setattr(DBTaskResult, "set_successful", gone)
        patch.setattr(DBTaskResult, "set_failed", gone)
        with pytest.raises(OperationalError):
            worker.work_once()
    assert status(result) == TaskResultStatus.RUNNING

    worker._keep_house_at = 0
    worker.work_once()

    assert status(result) == TaskResultStatus.SUCCESSFUL
    assert (tmp_path / "out").read_text() == "xx"


def test_who_runs_waiting_tasks_and_leaves_is_alive_meanwhile(tmp_path: Path) -> None:
    result = beside_a_worker.enqueue(str(tmp_path / "out"))

    run_waiting_tasks()

    assert (tmp_path / "out").read_text() == "0 taken up"
    assert status(result) == TaskResultStatus.SUCCESSFUL
    # Nobody waits for it to come back.
    assert heartbeats.last_beat(timezone.now()) is None


def test_the_dead_are_forgotten_but_the_last_beat_is_known() -> None:
    now = timezone.now()
    for number, age in enumerate([500, 400, 300]):
        heartbeats.beat(f"w{number}", now - timedelta(seconds=age))

    heartbeats.forget_dead(now)

    assert [row.worker for row in WorkerHeartbeat.objects.all()] == ["w2"]
    assert heartbeats.last_beat(now) == now - timedelta(seconds=300)


def test_a_long_silence_is_noted_by_the_worker_that_ends_it() -> None:
    now = timezone.now()
    heartbeats.note_silence(now)
    heartbeats.beat("before", now - timedelta(minutes=9))
    heartbeats.note_silence(now)
    assert heartbeats.silences(now) == []

    later = now + timedelta(hours=8)
    heartbeats.note_silence(later)
    heartbeats.note_silence(later)  # two workers come at once

    (silence,) = heartbeats.silences(later)
    assert silence.since == now - timedelta(minutes=9)
    assert silence.until == later
    assert heartbeats.silences(later + timedelta(days=4)) == []


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (None, "Background work has not been started yet."),
        (timedelta(seconds=60), None),
        (timedelta(seconds=100), "Background work has stood still since"),
    ],
)
def test_staff_are_told_when_no_worker_is_alive(
    client: Client,
    staff: Callable[[str], AbstractUser],
    age: timedelta | None,
    said: str | None,
) -> None:
    if age is not None:
        heartbeats.beat("one", timezone.now() - age)
    client.force_login(staff("Reception"))

    page = client.get("/admin/").content.decode()

    assert (said in page) if said else ("Background work" not in page)


def test_staff_are_told_of_what_was_done_late(
    client: Client, staff: Callable[[str], AbstractUser]
) -> None:
    now = timezone.now()
    heartbeats.beat("before", now - timedelta(hours=8))
    heartbeats.note_silence(now)
    heartbeats.beat("after", now)
    client.force_login(staff("Editors"))

    page = client.get("/admin/").content.decode()

    assert "stood still for a time and has caught up" in page
    assert 'role="alert"' not in page


def test_the_worker_outlives_a_database_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write.enqueue(str(tmp_path / "out"), "x")
    worker = Worker(idle_seconds=0.01)
    monkeypatch.setattr(signal, "signal", lambda *_arguments: None)
    monkeypatch.setattr(heartbeats.Pulse, "start", lambda _self: None)
    monkeypatch.setattr(heartbeats.Pulse, "stop", lambda _self: None)
    failures = iter([OperationalError("database is locked"), OperationalError("gone")])
    work = worker.work_once

    def sometimes() -> bool:
        if failure := next(failures, None):
            raise failure
        if not work():
            worker.stop()
        return False

    monkeypatch.setattr(worker, "work_once", sometimes)
    worker.run()

    assert (tmp_path / "out").read_text() == "x"


# Real processes


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start workers on this test's database; end them with it."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(preparation: str = "pass") -> subprocess.Popen[bytes]:
        process = start_worker(preparation)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


# How long a worker waits for a lock: a long one is then soon over.
SHORT_LOCKS = (
    {"options": "-c lock_timeout=200"}
    if connection.vendor == "postgresql"
    else {"timeout": 0.2}
)


def may_go_on(path: Path) -> None:
    Path(f"{path} may go on").touch()


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_sigterm_lets_the_present_task_end(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "out"
    result = wait_to_go_on.enqueue(str(path))
    process = start()
    wait_for(lambda: "begun" in text_of(path))

    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    may_go_on(path)

    assert process.wait(timeout=30) == 0
    assert text_of(path) == "begun done "
    assert status(result) == TaskResultStatus.SUCCESSFUL


def test_a_killed_workers_task_is_done_by_the_next(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    result = wait_to_go_on.enqueue(str(path))
    first = start()
    wait_for(lambda: "begun" in text_of(path))
    first.kill()
    first.wait()
    # Its last beat grows old.
    WorkerHeartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=5))
    may_go_on(path)
    start()

    wait_for(lambda: status(result) == TaskResultStatus.SUCCESSFUL)
    assert text_of(path) == "begun begun done "


def test_two_workers_do_each_task_once(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "out"
    results = [
        wait_for_another_worker.enqueue(str(path), f"{number},") for number in range(30)
    ]
    for _ in range(2):
        start()

    wait_for(lambda: all(status(r) == TaskResultStatus.SUCCESSFUL for r in results))
    done = sorted(int(number) for number in text_of(path).split(",") if number)
    assert done == list(range(30))


def test_a_long_lock_holds_the_work_up_and_no_more(
    start: Start, tmp_path: Path
) -> None:
    path, waits = tmp_path / "out", tmp_path / "waits"
    process = start(
        "from pathlib import Path; from django.db import connection;"
        "from clinic_site.background import worker;"
        f"connection.settings_dict['OPTIONS'] |= {SHORT_LOCKS};"
        "worker.HOUSEKEEPING_SECONDS = 0;"
        f"worker.logger.warning = lambda *_: Path({str(waits)!r}).touch()"
    )
    wait_for(lambda: WorkerHeartbeat.objects.exists())
    with transaction.atomic():
        write.enqueue(str(path), "x")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE clinic_site_workerheartbeat")
        wait_for(waits.exists)
        assert process.poll() is None
    wait_for(lambda: text_of(path) == "x")
