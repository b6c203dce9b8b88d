import select
import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import OperationalError, connection, connections, transaction

from clinic_site.abuse.models import RateKey

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

IS_SQLITE = connection.vendor == "sqlite"
NAME = "synchronous" if IS_SQLITE else "synchronous_commit"
# As the database says it: whether a commit waits until it is on the disk.
WAITS, DOES_NOT_WAIT = ("2", "1") if IS_SQLITE else ("on", "off")


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {NAME}" if IS_SQLITE else f"SHOW {NAME}")
        return str(cursor.fetchone()[0])


def change_setting(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"PRAGMA {NAME}={value}" if IS_SQLITE else f"SET {NAME} TO {value}"
        )


@pytest.fixture(autouse=True)
def _as_in_production() -> Iterator[None]:
    before = setting()
    change_setting(WAITS)
    yield
    change_setting(before)


def test_only_what_may_be_lost_does_not_wait_for_the_disk() -> None:
    with connection.not_waiting_for_the_disk():
        # PostgreSQL's commits wait together: there it gains nothing.
        assert setting() == (DOES_NOT_WAIT if IS_SQLITE else WAITS)
    assert setting() == WAITS


def test_after_an_error_what_is_stored_is_waited_for_again() -> None:
    with (
        pytest.raises(ValueError, match="meanwhile"),
        connection.not_waiting_for_the_disk(),
    ):
        raise ValueError("meanwhile")
    assert setting() == WAITS


def test_a_transaction_is_stored_as_it_began() -> None:
    with transaction.atomic(), connection.not_waiting_for_the_disk():
        assert setting() == WAITS


def test_who_reads_for_long_is_not_waited_for_when_something_is_erased() -> None:
    RateKey.made(date(2026, 3, 1))
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT * FROM {RateKey._meta.db_table}")  # noqa: S608
        cursor.fetchall()
        RateKey.objects.all().delete()

        with pytest.raises(OperationalError):
            connection.erase_deleted(RateKey)

        cursor.execute("ROLLBACK")
    other.close()
    connection.erase_deleted(RateKey)


# Nobody hangs up a file.
if not IS_SQLITE:
    from clinic_site.database.postgresql.base import LONGEST_UNASKED

    @pytest.fixture
    def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """As at the beginning of a request: which connections the server was asked about."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        answers: list[bool] = []
        is_usable = connection.is_usable

        def ask() -> bool:
            answers.append(is_usable())
            return answers[-1]

        monkeypatch.setattr(connections["default"], "is_usable", ask)
        monkeypatch.setattr(connections["default"], "health_check_enabled", True)
        monkeypatch.setattr(connections["default"], "health_check_done", False)
        monkeypatch.setattr(connections["default"], "_healthy_at", time.monotonic())
        return answers

    def number_of_session() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def hang_up(session: int) -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
            assert cursor.fetchone() == (True,)
        other.close()

    def test_a_server_that_said_nothing_is_not_asked(asked: list[bool]) -> None:
        number_of_session()
        assert asked == []

    def test_after_half_a_minute_the_server_is_asked_all_the_same(
        asked: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = connections["default"]._healthy_at
        monkeypatch.setattr(
            "clinic_site.database.postgresql.base.time.monotonic",
            lambda: before + LONGEST_UNASKED,
        )
        number_of_session()
        number_of_session()
        assert asked == [True]

    def test_a_connection_is_looked_at_once_a_request(
        asked: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[None] = []
        monkeypatch.setattr(
            connections["default"], "_was_told_something", lambda: looks.append(None)
        )
        number_of_session()
        number_of_session()
        assert len(looks) == 1

    def test_a_connection_that_was_hung_up_is_replaced(
        asked: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = number_of_session()
        monkeypatch.setattr(connections["default"], "health_check_done", False)
        hang_up(before)

        assert number_of_session() != before
        assert asked == [False]

    def test_a_notice_does_not_cost_the_connection(
        asked: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = number_of_session()
        with connection.cursor() as cursor:
            cursor.execute("LISTEN news")
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("NOTIFY news")
        other.close()
        has_come, _, _ = select.select([connection.connection], [], [], 10)
        assert has_come
        monkeypatch.setattr(connections["default"], "health_check_done", False)

        assert number_of_session() == before
        assert asked == [True]

    def test_a_connection_that_was_closed_here_is_replaced(asked: list[bool]) -> None:
        connection.connection.close()
        assert number_of_session() > 0
        assert asked == [False]

    def test_what_another_release_prepared_by_a_name_is_not_run() -> None:
        with connection.cursor() as cursor:
            connection.execute_prepared(cursor, "sum", "SELECT %s + 1", ["int"], [1])
            connection.execute_prepared(cursor, "sum", "SELECT %s + 2", ["int"], [1])
            assert cursor.fetchone() == (3,)
