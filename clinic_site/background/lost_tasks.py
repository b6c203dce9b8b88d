"""Tasks that their worker began and did not end: it died, or could not store the end."""

import logging
from datetime import datetime

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from clinic_site.background import heartbeats

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3


class WorkerDiedError(Exception):
    """Each worker that began the task died of it, or could not store its end."""


def take_up(now: datetime, worker: str) -> int:
    """Make tasks of dead workers ready again, or failed after three; return how many.

    So are those of the `worker` that asks: it runs none now, and could not store the end. A
    task may so run twice: what it does must bear that.
    """
    taken = 0
    # First the tasks, then who lives: a worker beats before it begins one.
    running = list(DBTaskResult.objects.running())
    living = heartbeats.alive(now) - {worker}
    for task in running:
        if task.worker_ids and task.worker_ids[-1] in living:
            continue
        taken += 1
        if len(task.worker_ids) >= MOST_ATTEMPTS:
            logger.error(
                "Task %s was given up: none of its workers ended it", task.task_path
            )
            task.refresh_from_db()
            if task.status == TaskResultStatus.RUNNING:
                task.set_failed(WorkerDiedError(task.task_path))
            continue
        logger.warning(
            "Task %s is run again: its worker did not end it", task.task_path
        )
        # Only if nobody else was quicker.
        DBTaskResult.objects.filter(
            pk=task.pk, status=TaskResultStatus.RUNNING, worker_ids=task.worker_ids
        ).update(status=TaskResultStatus.READY, started_at=None)
    return taken
