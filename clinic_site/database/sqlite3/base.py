from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.sqlite3 import base

from clinic_site.database.last_statements import LastStatementsMixin


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection, with statements that come last in a transaction."""

    @contextmanager
    def not_waiting_for_the_disk(self) -> Iterator[None]:
        """Commit without waiting until it is on the disk: a power cut may undo it.

        Not a crash. In a transaction, which cannot be changed so half-way, this does nothing.
        """
        if self.in_atomic_block:
            yield
            return
        with self.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            (before,) = cursor.fetchone()
            cursor.execute("PRAGMA synchronous=NORMAL")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA synchronous={before}")
