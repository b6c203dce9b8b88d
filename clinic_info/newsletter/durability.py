"""What a commit survives, where one for every mail would cost more than the mail.

SQLite waits for the disk at each commit. Without waiting a commit survives the death of the
process, not that of the machine. So rows are set aside with waiting, and marked one by one
without: after the machine has died, whatever was set aside before is in doubt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.utils.crypto import get_random_string

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
BOOT_LENGTH = 12
# SQLite's names for these are numbers.
NORMAL = 1


@lru_cache(maxsize=1)
def boot() -> str:
    """Return what tells this run of the machine from every other."""
    try:
        return BOOT_ID.read_text().replace("-", "")[:BOOT_LENGTH]
    except OSError:
        # Nothing of an earlier process is known to be whole then.
        return get_random_string(BOOT_LENGTH)


def new_owner() -> str:
    """Return a name for a worker that begins with its machine's present run."""
    return boot() + get_random_string(20)


def left_whole() -> Q:
    """Return the condition that what a dead worker marked is stored."""
    if connection.vendor != "sqlite":
        return Q(pk__isnull=False)
    return Q(owner__startswith=boot())


@contextmanager
def quick_commits() -> Iterator[None]:
    """Commit without waiting for the disk meanwhile, where that can be chosen."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        before = int(cursor.fetchone()[0])
    _wait_for_disk(min(before, NORMAL))
    try:
        yield
    finally:
        _wait_for_disk(before)


def _wait_for_disk(level: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous = {level}")
