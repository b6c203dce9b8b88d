from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.db.backends.postgresql import base

from clinic_site.database.last_statements import LastStatementsMixin


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection, with statements that come last in a transaction or are prepared."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._prepared: set[str] = set()
        return super().get_new_connection(conn_params)

    def execute_prepared(
        self,
        cursor: Any,
        name: str,
        statement: str,
        types: Sequence[str],
        values: Sequence[Any],
    ) -> None:
        """Run a statement that the server takes apart and plans once a connection.

        `statement` has a `%s` for each value; `types` are those of the values in SQL.
        """
        if self.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            # Behind a pool that hands out another connection each time.
            cursor.execute(statement, values)
            return
        if name not in self._prepared:
            numbered = statement % tuple(f"${place + 1}" for place in range(len(types)))
            cursor.execute(f"PREPARE {name} ({', '.join(types)}) AS {numbered}")
            self._prepared.add(name)
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"EXECUTE {name} ({places})", values)

    def not_waiting_for_the_disk(self) -> nullcontext[None]:
        """Do nothing: those who commit here together wait for the disk together."""
        return nullcontext()
