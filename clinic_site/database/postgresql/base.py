import select
import time
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from hashlib import blake2b
from typing import Any

from django.db import DatabaseError, models, transaction
from django.db.backends.postgresql import base
from psycopg2 import errorcodes

from clinic_site.database.last_statements import LastStatementsMixin

# Seconds for which a connection whose server says nothing is taken for healthy.
LONGEST_UNASKED = 30

# What a connection says that is another one than before, or whose tables have changed.
NOT_AS_PREPARED = {
    errorcodes.DUPLICATE_PREPARED_STATEMENT,
    errorcodes.FEATURE_NOT_SUPPORTED,
    errorcodes.INVALID_SQL_STATEMENT_NAME,
}


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection: its health is mostly seen without asking, statements are prepared.

    Others come last in a transaction.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._prepared: set[str] = set()
        self._unprepared: set[str] = set()
        self._healthy_at = time.monotonic()
        return super().get_new_connection(conn_params)

    def close_if_health_check_failed(self) -> None:
        """Close a broken connection, once a request; look before asking the server.

        A server that hangs up says so, and the socket has something to read. Asking each
        time would be one more way to it and back. Every LONGEST_UNASKED seconds it is
        asked all the same: a machine that dies, or a pool that lost its server, says nothing.
        """
        if (
            self.connection is None
            or not self.health_check_enabled
            or self.health_check_done
        ):
            return
        now = time.monotonic()
        if now - self._healthy_at < LONGEST_UNASKED and not self._was_told_something():
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._healthy_at = now

    def _was_told_something(self) -> bool:
        if self.connection.closed:
            return True
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))

    def execute_prepared(
        self,
        cursor: Any,
        name: str,
        statement: str,
        types: Sequence[str],
        values: Sequence[Any],
    ) -> None:
        """Run a statement that the server takes apart and plans once a connection.

        `statement` has a `%s` for each value; `types` are those of the values in SQL. Behind
        a pool that hands out another connection each time it is run as it is.
        """
        # A pool may hand out what another release prepared: by the same name only the same.
        name = f"{name}_{_digest(statement, *types)}"
        if self.in_atomic_block or name in self._unprepared:
            cursor.execute(statement, values)
            return
        try:
            if name not in self._prepared:
                numbered = statement % tuple(f"${n + 1}" for n in range(len(types)))
                cursor.execute(f"PREPARE {name} ({', '.join(types)}) AS {numbered}")
                self._prepared.add(name)
            places = ", ".join(["%s"] * len(values))
            cursor.execute(f"EXECUTE {name} ({places})", values)
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", None) not in NOT_AS_PREPARED:
                raise
            self._unprepared.add(name)
            cursor.execute(statement, values)

    def erase_deleted(self, model: type[models.Model]) -> None:
        """Take from the table's file what was deleted from a small table.

        A deleted row stays in it until a vacuum, which a table with few changes may not see
        for weeks. The table gets a new file. Raises OperationalError if it is in use for long.
        """
        table = self.ops.quote_name(model._meta.db_table)
        with transaction.atomic(using=self.alias), self.cursor() as cursor:
            # Whoever asks for the table waits behind this.
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            rows = list(model._default_manager.using(self.alias))
            cursor.execute(f"TRUNCATE {table}")
            model._default_manager.using(self.alias).bulk_create(rows)

    def not_waiting_for_the_disk(self) -> nullcontext[None]:
        """Do nothing: those who commit here together wait for the disk together."""
        return nullcontext()


@cache
def _digest(*texts: str) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=8).hexdigest()
