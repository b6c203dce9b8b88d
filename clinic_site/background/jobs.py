"""The frame's own periodic jobs."""

from datetime import datetime, timedelta

from django_tasks_db.models import DBTaskResult

KEEP_DONE = timedelta(days=7)
KEEP_FAILED = timedelta(days=60)


def clear_tasks(now: datetime) -> None:
    """Delete what is left of tasks that ended long ago."""
    DBTaskResult.objects.successful().filter(finished_at__lt=now - KEEP_DONE).delete()
    DBTaskResult.objects.failed().filter(finished_at__lt=now - KEEP_FAILED).delete()
