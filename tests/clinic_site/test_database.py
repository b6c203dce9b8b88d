from collections.abc import Iterator

import pytest
from django.db import connection, transaction

FULL, NORMAL = 2, 1

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="how SQLite stores things"
    ),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def synchronous(value: int | None = None) -> int:
    with connection.cursor() as cursor:
        if value is not None:
            cursor.execute(f"PRAGMA synchronous={value}")
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _as_in_production() -> Iterator[None]:
    before = synchronous()
    synchronous(FULL)
    yield
    synchronous(before)


def test_only_what_may_be_lost_does_not_wait_for_the_disk() -> None:
    with connection.not_waiting_for_the_disk():
        assert synchronous() == NORMAL
    assert synchronous() == FULL


def test_after_an_error_what_is_stored_is_waited_for_again() -> None:
    with (
        pytest.raises(ValueError, match="meanwhile"),
        connection.not_waiting_for_the_disk(),
    ):
        raise ValueError("meanwhile")
    assert synchronous() == FULL


def test_a_transaction_is_stored_as_it_began() -> None:
    with transaction.atomic(), connection.not_waiting_for_the_disk():
        assert synchronous() == FULL
