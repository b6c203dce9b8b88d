"""What the worker does for the newsletter: a look every ten seconds, rounds as tasks."""

from datetime import datetime

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from clinic_info.newsletter import continuity, progress, sending


@task(backend="background")
def send_round() -> int:
    """Send what is due for half a minute; return how many mails went out."""
    return sending.send_round(timezone.now(), clock=timezone.now)


def send_issues(now: datetime) -> None:
    """Begin what is scheduled, and have a round begun where something is due.

    The rounds are tasks, so that several workers can share the work, and that one that is
    killed holds up this job for nobody.
    """
    continuity.hold_if_restored(now)
    progress.start_due(now)
    progress.keep_in_step(now)
    if sending.is_anything_due(now) and not _is_waiting():
        send_round.enqueue()


def _is_waiting() -> bool:
    """Tell whether a round waits for a worker; one that runs may be that of a dead one."""
    return DBTaskResult.objects.filter(
        task_path=send_round.module_path, status=TaskResultStatus.READY
    ).exists()
