from collections.abc import Iterator

import pytest
from django.db import connection, transaction

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
