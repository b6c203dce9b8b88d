"""Real processes on this test's database, for what only the end of a process can show."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """Return the URL of the database that this test uses."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    user = f"{values['USER']}@" if values["USER"] else ""
    return f"postgres://{user}/{values['HOST']}/{values['NAME']}"


def start_worker(
    preparation: str = "pass", **environment: str
) -> subprocess.Popen[bytes]:
    """Start a worker without periodic jobs; `preparation` is Python that it runs before."""
    code = (
        "import tests.settings as s; import django; django.setup();"
        "from django.conf import settings;"
        "settings.PERIODIC_JOBS = [];"
        f"{preparation};"
        "from clinic_site.background.worker import Worker; Worker(0.05).run()"
    )
    return subprocess.Popen(  # noqa: S603 (our own arguments)
        [sys.executable, "-c", code],
        cwd=Path(settings.BASE_DIR),
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "REAL_TASKS": "true",
        }
        | environment,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
