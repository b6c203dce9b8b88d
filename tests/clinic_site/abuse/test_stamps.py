from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from clinic_site.abuse import stamps

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("age", [3 * SECOND, timedelta(days=7)])
def test_a_stamp_serves_from_three_seconds_to_seven_days(age: timedelta) -> None:
    stamps.check(stamps.make("comment:1", NOW), "comment:1", NOW + age)


@pytest.mark.parametrize(
    ("age", "error"),
    [
        (2 * SECOND, stamps.TooFastError),
        (-60 * SECOND, stamps.TooFastError),
        (timedelta(days=7) + SECOND, stamps.TooOldError),
    ],
)
def test_a_stamp_of_another_age_does_not(
    age: timedelta, error: type[stamps.StampError]
) -> None:
    with pytest.raises(error):
        stamps.check(stamps.make("comment:1", NOW), "comment:1", NOW + age)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":",
        "1772366400",
        "1772366400:forged",
        stamps.make("comment:2", NOW),
        stamps.make("comment:1", NOW).replace("1", "2", 1),
        "\0" * 9,
        "\udcff",
        "x" * 100_000,
    ],
)
def test_what_is_not_our_stamp_is_forged(value: str) -> None:
    with pytest.raises(stamps.ForgedError):
        stamps.check(value, "comment:1", NOW + 10 * SECOND)


def test_stamps_outlive_a_change_of_the_key(settings: Settings) -> None:
    stamp = stamps.make("comment:1", NOW)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 8

    stamps.check(stamp, "comment:1", NOW + 10 * SECOND)
