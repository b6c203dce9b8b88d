"""Processes that do nothing but send, made by forking one that has loaded everything."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from tests.processes import database_url

CODE = """
import os, sys, time
from datetime import timedelta
import tests.settings
import django
django.setup()
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.EMAIL_TIMEOUT = 5
settings.NEWSLETTER_MAILS_PER_MINUTE = 0
from django.utils import timezone
from clinic_info.newsletter import sending
# What a dead one has set aside is free again at once.
sending.SET_ASIDE = timedelta(seconds=float(sys.argv[2]))
for _line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        while True:
            sending.send_round(timezone.now())
            time.sleep(0.02)
    print(pid, flush=True)
"""


class Nursery:
    """Starts senders and kills them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._living: set[int] = set()

    def start(self) -> int:
        """Start a sender; return its process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self._living.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a sender in the middle of whatever it does."""
        self._living.discard(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        for pid in list(self._living):
            self.kill(pid)


@contextmanager
def nursery(port: int, set_aside: float = 0.5) -> Iterator[Nursery]:
    """Run senders for the mail server at this port."""
    process = subprocess.Popen(  # noqa: S603 (our own arguments)
        [sys.executable, "-c", CODE, str(port), str(set_aside)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(settings.BASE_DIR),
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
        },
    )
    made = Nursery(process)
    try:
        yield made
    finally:
        made.kill_all()
        process.kill()
        process.wait()
