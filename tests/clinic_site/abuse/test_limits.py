from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from clinic_site.abuse.jobs import forget
from clinic_site.abuse.limits import (
    EVERYONE,
    Limit,
    TooManyError,
    address_and_network,
    check,
    count,
    forget_counters,
)
from clinic_site.abuse.models import RateCounter, RateKey
from clinic_site.clinic_day import clinic_day
from tests import database_files

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=10)
EACH = Limit("each", 5, MINUTES)
ALL = Limit("all", 8, MINUTES)


def is_counted(*uses: tuple[Limit, str], now: datetime = NOW) -> bool:
    try:
        count(uses, now)
    except TooManyError:
        return False
    return True


@pytest.mark.django_db
def test_a_limit_holds_until_its_window_ends() -> None:
    counted = [is_counted((EACH, "a"), now=NOW) for _ in range(7)]

    assert counted == [True] * 5 + [False] * 2
    with pytest.raises(TooManyError) as raised:
        count([(EACH, "a")], NOW + timedelta(minutes=9))
    assert (raised.value.limit, raised.value.until) == (EACH, NOW + MINUTES)
    assert is_counted((EACH, "b"))
    later = [is_counted((EACH, "a"), now=NOW + MINUTES) for _ in range(6)]
    assert later == [True] * 5 + [False]


@pytest.mark.django_db
def test_a_limit_can_be_looked_at_without_using_it() -> None:
    uses = [(EACH, "a"), (ALL, EVERYONE)]
    check(uses, NOW)
    for _ in range(4):
        count(uses, NOW)
        check(uses, NOW)
    count(uses, NOW)

    with pytest.raises(TooManyError) as raised:
        check(uses, NOW + timedelta(minutes=9))
    assert (raised.value.limit, raised.value.until) == (EACH, NOW + MINUTES)
    check([(EACH, "b"), (ALL, EVERYONE)], NOW)
    check(uses, NOW + MINUTES)


@pytest.mark.django_db
def test_what_one_limit_refuses_uses_up_nothing_of_the_others() -> None:
    for _ in range(50):
        is_counted((EACH, "flood"), (ALL, EVERYONE))

    assert is_counted((EACH, "honest"), (ALL, EVERYONE))
    # And the other way: a limit that comes later takes nothing from one before.
    for number in range(10):
        is_counted((EACH, f"{number}"), (ALL, EVERYONE))
    assert [is_counted((EACH, "9")) for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.django_db
def test_counters_hold_no_address_and_go_with_their_key() -> None:
    count([(EACH, "192.0.2.1")], NOW)
    tomorrow = NOW + timedelta(days=1)

    row = RateCounter.objects.values().get()
    assert len(bytes(row["subject"])) == 16
    assert "192.0.2" not in repr({**row, "subject": bytes(row["subject"])})
    # The same address is another subject tomorrow.
    count([(EACH, "192.0.2.1")], tomorrow)
    assert RateCounter.objects.count() == 2
    forget_counters(tomorrow)
    assert RateKey.objects.get().day == tomorrow.date()
    assert RateCounter.objects.get().ends_at == tomorrow + MINUTES


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_yesterdays_key_is_in_no_file_of_the_database() -> None:
    tomorrow = NOW + timedelta(days=1)
    for moment in (NOW, tomorrow):
        count([(EACH, "192.0.2.1")], moment)
    yesterday, today = (RateKey.found(clinic_day(at)) for at in (NOW, tomorrow))
    assert yesterday
    assert today
    assert today in database_files.content(RateKey)

    forget(tomorrow)

    assert yesterday not in database_files.content(RateKey)
    assert RateKey.found(clinic_day(tomorrow)) == today


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_counted_to_the_unit() -> None:
    limit = Limit("many", 30, MINUTES)

    def use(number: int) -> bool:
        try:
            return is_counted((limit, f"{number % 2}"), (ALL, EVERYONE))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        counted = sum(threads.map(use, range(120)))

    assert counted == ALL.most
    assert sum(RateCounter.objects.values_list("uses", flat=True)) == 2 * ALL.most


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", ("192.0.2.77", "192.0.2.0/24")),
        ("::ffff:192.0.2.77", ("192.0.2.77", "192.0.2.0/24")),
        ("2001:DB8::1:0:0:1", ("2001:db8::1:0:0:1", "2001:db8::/64")),
        ("fe80::1%eth0", ("fe80::1", "fe80::/64")),
        ("", ("", "")),
        ("unix:\0", ("unix:", "unix:")),
    ],
)
def test_addresses_belong_to_networks(address: str, expected: tuple[str, str]) -> None:
    assert address_and_network(address) == expected


@pytest.mark.parametrize(
    ("most", "within"), [(0, MINUTES), (1, timedelta()), (1, timedelta(hours=25))]
)
def test_a_limit_that_could_not_be_kept_is_refused(
    most: int, within: timedelta
) -> None:
    with pytest.raises(ValueError, match="not a limit"):
        Limit("x", most, within)
