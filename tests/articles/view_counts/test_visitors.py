import json
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources

import crawleruseragents
import pytest
from django.test import RequestFactory
from pytest_django import Settings

from articles.pages.article import ArticlePage
from articles.view_counts import visitors
from articles.view_counts.counting import count_view
from articles.view_counts.jobs import forget_visitors
from articles.view_counts.models import DailyViews, DayKey, DayVisit
from tests import database_files

TODAY = date(2026, 3, 29)  # clocks change: a day of 23 hours in Europe
TOMORROW = TODAY + timedelta(days=1)


def agents_of_browsers() -> list[str]:
    text = resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text()
    agents = [json.loads(line)["useragent"] for line in text.splitlines() if line]
    return agents[:: max(1, len(agents) // 1000)]


def test_real_browsers_are_no_bots() -> None:
    agents = agents_of_browsers()
    refused = [agent for agent in agents if visitors.is_bot(agent)]

    assert len(agents) >= 600
    assert len(refused) <= len(agents) * 0.005, refused


def test_every_bot_that_is_known_is_one() -> None:
    agents = [
        agent
        for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA
        for agent in crawler["instances"]
    ]
    assert len(agents) > 1000
    assert [agent for agent in agents if not visitors.is_bot(agent)] == []


def hash_of(address: str, agent: str = "A", pk: int = 1, day: date = TODAY) -> bytes:
    request = RequestFactory().post(
        "/", REMOTE_ADDR=address, headers={"user-agent": agent}
    )
    return visitors.visitor_hash(request, pk, day)


def test_a_hash_tells_people_and_articles_apart_and_days(db: None) -> None:
    hashes = {
        hash_of("192.0.2.1"),
        hash_of("192.0.2.2"),
        hash_of("192.0.2.1", agent="B"),
        hash_of("192.0.2.1", pk=2),
        hash_of("192.0.2.1", day=TOMORROW),
    }

    assert len(hashes) == 5


def test_parts_cannot_run_into_each_other(db: None) -> None:
    assert hash_of("192.0.2.1", agent="1A") != hash_of("192.0.2.11", agent="A")


def test_without_the_privacy_key_the_database_tells_nothing(
    db: None, settings: Settings
) -> None:
    before = hash_of("192.0.2.1")
    settings.PRIVACY_KEY = "another key that is long enough to be one"

    assert hash_of("192.0.2.1") != before


def test_after_the_day_nothing_personal_is_left(db: None, article: ArticlePage) -> None:
    for number in range(3):
        count_view(article.pk, hash_of(f"192.0.2.{number}", pk=article.pk), TODAY)
    assert DayVisit.objects.count() == 3
    assert DayKey.objects.get().day == TODAY

    count_view(article.pk, hash_of("192.0.2.1", pk=article.pk, day=TOMORROW), TOMORROW)

    assert DayKey.objects.get().day == TOMORROW
    assert [visit.day for visit in DayVisit.objects.all()] == [TOMORROW]
    totals = DailyViews.objects.order_by("day").values_list("day", "views")
    assert list(totals) == [(TODAY, 3), (TOMORROW, 1)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_yesterdays_key_is_in_no_file_of_the_database() -> None:
    yesterday, today = visitors.day_key(TODAY), visitors.day_key(TOMORROW)
    assert today in database_files.content(DayKey)

    forget_visitors(datetime.combine(TOMORROW, time(12), UTC))

    assert yesterday not in database_files.content(DayKey)
    assert DayKey.found(TOMORROW) == today


def test_two_processes_share_the_key_of_the_day(db: None) -> None:
    first = visitors.day_key(TODAY)
    visitors.day_key.cache_clear()

    assert visitors.day_key(TODAY) == first


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_late_clock_does_not_forget_the_newer_day(db: None, repeats: int) -> None:
    tomorrow = visitors.day_key(TOMORROW)
    for _ in range(repeats):
        # A process whose clock is behind asks for the day before.
        visitors.day_key.cache_clear()
        visitors.day_key(TODAY)
    visitors.day_key.cache_clear()

    assert visitors.day_key(TOMORROW) == tomorrow
