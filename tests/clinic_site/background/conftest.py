import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _real_tasks(settings: Settings) -> None:
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
        "background": {"BACKEND": "django_tasks_db.DatabaseBackend"},
    }
    settings.PERIODIC_JOBS = []
