from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, models
from django.db.backends.sqlite3 import base

from clinic_site.database.last_statements import LastStatementsMixin

# For how long what is deleted for good may hold up others.
MOST_MILLISECONDS = 200


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection, with statements that come last in a transaction."""

    def erase_deleted(self, model: type[models.Model]) -> None:
        """Take from the files what was deleted from a small table.

        Deleted rows are overwritten, but what was written last stands also in a log beside
        the database. In a transaction, which would not let it be emptied, this does nothing.
        Raises OperationalError if somebody reads for long from what it held before.
        """
        if self.in_atomic_block:
            return
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            (before,) = cursor.fetchone()
            # Whoever writes waits behind this.
            cursor.execute(f"PRAGMA busy_timeout={MOST_MILLISECONDS}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (is_busy, *_pages) = cursor.fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={before}")
        if is_busy:
            raise OperationalError("the log beside the database is in use")

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
