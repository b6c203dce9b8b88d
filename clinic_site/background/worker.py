"""The worker: background tasks and periodic jobs, for as long as it is let.

django-tasks-db runs a task; what its own worker lacks is here. It outlives a database that is
locked or gone, takes up tasks of workers that were killed, and has a timetable.
"""

import logging
import signal
import time
from threading import Event
from types import FrameType

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import task_backends
from django_tasks_db import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker as TaskRunner

from clinic_site.background import heartbeats, lost_tasks, periodic

logger = logging.getLogger(__name__)

BACKEND = "background"
IDLE_SECONDS = 1.0
# Tasks are looked for each second by reading; what writes is done less often.
HOUSEKEEPING_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 30.0


def run_waiting_tasks() -> None:
    """Run the tasks that wait, then return: for commands that leave a finished site."""
    # Nothing waits where tasks are run at once.
    if not isinstance(task_backends[BACKEND], DatabaseBackend):
        return
    worker = get_random_string(32)
    heartbeats.beat(worker, timezone.now())
    # Else a worker beside it would take its tasks for lost.
    pulse = heartbeats.Pulse(worker)
    pulse.start()
    try:
        _runner(worker, max_tasks=None).run()
    finally:
        pulse.stop()
        heartbeats.forget(worker)


def _runner(worker: str, max_tasks: int | None) -> TaskRunner:
    return TaskRunner(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name=BACKEND,
        startup_delay=False,
        max_tasks=max_tasks,
        worker_id=worker,
        excluded_queue_names=[],
    )


class Worker:
    """Works until it is told to stop; then ends the task it is running and leaves."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.id = get_random_string(32)
        self._idle_seconds = idle_seconds
        self._stopping = Event()
        # By a clock that nobody puts back.
        self._keep_house_at = 0.0
        self._tasks = _runner(self.id, max_tasks=1)

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`. Raises nothing that waiting could mend."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        pulse = heartbeats.Pulse(self.id)
        wait = self._idle_seconds
        has_begun = False
        while not self._stopping.is_set():
            try:
                if not has_begun:
                    heartbeats.note_silence(timezone.now())
                    pulse.start()
                    has_begun = True
                was_busy = self.work_once()
            except (DatabaseError, InterfaceError) as error:
                # Locked for long, restarted, out of disk: whatever it is, it passes.
                logger.warning("The database does not answer: %s", type(error).__name__)
                connections.close_all()
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
                self._stopping.wait(wait)
                continue
            wait = self._idle_seconds
            if not was_busy:
                self._stopping.wait(wait)
        if has_begun:
            pulse.stop()

    def work_once(self) -> bool:
        """Do what is due, and one task; tell whether there was one."""
        close_old_connections()
        if time.monotonic() >= self._keep_house_at:
            self._keep_house_at = time.monotonic() + HOUSEKEEPING_SECONDS
            now = timezone.now()
            heartbeats.beat(self.id, now)
            heartbeats.forget_dead(now)
            lost_tasks.take_up(now, self.id)
            periodic.run_due(now, self.id)
        self._tasks._run_tasks = 0
        self._tasks.run()
        return bool(self._tasks._run_tasks)
