"""The content version: one number that moves with every change a reader could see.

It moves in the transaction of the change, so whoever sees the one sees the other.
"""

import secrets
from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connection, models, transaction
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest

from clinic_site.models import ContentVersion

ONLY_ROW = 1
# How old, in seconds, a process's knowledge of the version may be.
OLDEST_KNOWLEDGE = 1.0
# What the version was when a request came, for those that the page cache passes on.
ENVIRON_KEY = "clinic_site.content_version"

# How many things a process keeps: some belong to one article each.
MOST_KEPT = 1000

Made = TypeVar("Made")
_kept: dict[str, tuple[int, Any]] = {}
_keeping = Lock()

# Grows with each change that this process has stored.
_own_moves = 0


def move() -> None:
    """Say that readers may see something new."""
    connection.run_last(_move)  # type: ignore[attr-defined]
    transaction.on_commit(_note_own_move)


def watch(*watched: type[models.Model]) -> None:
    """Move the version whenever an object of these models is saved or deleted."""
    for model in watched:
        for name, signal in (("save", post_save), ("delete", post_delete)):
            signal.connect(
                _on_change, sender=model, dispatch_uid=f"content_version_{name}_{model}"
            )


def current() -> int:
    """Return the stored version, 0 if nothing has ever changed."""
    found = ContentVersion.objects.filter(pk=ONLY_ROW).values_list("version", flat=True)
    return found.first() or 0


def kept(request: HttpRequest, name: str, make: Callable[[], Made]) -> Made:
    """Return what `make` returns, made once per process and version.

    For what many requests need alike. It is shared by threads: nobody may change it. What
    was kept first goes first when there is much. A request that did not come by the
    page cache, or by staff, has it made anew.
    """
    version = request.META.get(ENVIRON_KEY)
    if version is None:
        return make()
    found = _kept.get(name)
    if found is None or found[0] != version:
        found = (version, make())
        with _keeping:
            _kept.pop(name, None)
            _kept[name] = found
            while len(_kept) > MOST_KEPT:
                del _kept[next(iter(_kept))]
    made: Made = found[1]
    return made


def _on_change(**kwargs: object) -> None:
    move()


def _move() -> None:
    # By hand: the ORM would begin a transaction of its own while this one is being closed.
    table = connection.ops.quote_name(ContentVersion._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, version) VALUES (%s, %s) "  # noqa: S608
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version",
            [ONLY_ROW, secrets.randbits(62) + 1],
        )


def _note_own_move() -> None:
    global _own_moves
    _own_moves += 1


class Knowledge:
    """What a process knows of the version. It asks at most once a second.

    After a change of its own it asks at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asking = Lock()
        self._noting = Lock()
        self._asked_at: float | None = None
        self._turns = count(1)
        self._turn = 0
        self._moves_seen = -1
        # The version last read; whether the database answered when it was last asked.
        self.version: int | None = None
        self.is_sure = False

    def refresh(self) -> None:
        """Ask the database if what is known has grown old. Only one thread asks."""
        moves = _own_moves
        if self._is_recent() and moves == self._moves_seen:
            return
        # Others go on with what is known, unless nothing is, or they have changed it.
        must_wait = self.version is None or moves != self._moves_seen
        if self._asking.acquire(blocking=must_wait):
            try:
                self.ask()
            finally:
                self._asking.release()

    def ask(self) -> int | None:
        """Ask the database now. Returns the version, None if it does not answer."""
        moves, began_at, turn = _own_moves, self._clock(), next(self._turns)
        version = _asked()
        with self._noting:
            # Whoever asked later knows better, even if the answer came sooner.
            if turn > self._turn:
                self._turn, self._moves_seen = turn, moves
                # To find out that there is no answer can take seconds.
                self._asked_at = self._clock() if version is None else began_at
                self.is_sure = version is not None
                if version is not None:
                    self.version = version
        return version

    def is_vain(self) -> bool:
        """Tell whether a moment ago the database did not answer."""
        return not self.is_sure and self._is_recent()

    def _is_recent(self) -> bool:
        asked_at = self._asked_at
        if asked_at is None:
            return False
        # A clock that was put back says nothing of how old it is.
        return 0 <= self._clock() - asked_at < OLDEST_KNOWLEDGE


def _asked() -> int | None:
    # The connection may be a dead one from before the database went away.
    for _attempt in range(2):
        try:
            return current()
        except (DatabaseError, InterfaceError):
            connection.close()
    return None
