"""What Django lacks: a hook before a transaction is committed, as `on_commit` is after it."""

from collections.abc import Callable
from typing import Any


class LastStatementsMixin:
    """A database connection that runs given functions just before it commits.

    A row that every change touches is locked from that statement to the commit. Touched
    last, it is locked shortly, and two transactions cannot wait for each other over it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A dictionary keeps the order and takes each function once.
        self._last_statements: dict[Callable[[], object], None] = {}

    def run_last(self, function: Callable[[], object]) -> None:
        """Call a function at the end of this transaction, once; at once without one."""
        if self.in_atomic_block:  # type: ignore[attr-defined]
            self._last_statements[function] = None
        else:
            function()

    def _commit(self) -> Any:
        waiting, self._last_statements = self._last_statements, {}
        for function in waiting:
            function()
        return super()._commit()  # type: ignore[misc]

    def _rollback(self) -> Any:
        self._last_statements = {}
        return super()._rollback()  # type: ignore[misc]
