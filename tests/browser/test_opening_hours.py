"""Hours as readers see them: on pages of days ago, with clocks of any zone."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Dates, SpecialDays
from clinic_info.pages import HomePage

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = (*[(Period(540, 1080),)] * 5, (Period(660, 900),), ())

Look = Callable[..., Page]


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def look(
    browser: Browser,
    server: LiveServer,
    home: HomePage,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Look:
    """Look at a page that was rendered at one moment, at another, in a zone."""
    settings.TIME_ZONE = "Europe/Berlin"
    hours = OpeningHours.load()
    hours.week = WEEK
    eve = date(2026, 12, 24)
    hours.special_days = (SpecialDays(Dates(eve, eve), (Period(540, 720),), "Eve"),)
    hours.save()

    def open_page(
        rendered: str, seen: datetime | str, zone: str = "Asia/Tokyo", data: str = ""
    ) -> Page:
        monkeypatch.setattr(timezone, "now", lambda: berlin(rendered))

        def damage(route: Route) -> None:
            response = route.fetch()
            begins = '<script type="application/json" data-opening-hours="">'
            body = re.sub(
                f"{re.escape(begins)}.*?</script>",
                lambda _match: f"{begins}{data}</script>",
                response.text(),
            )
            route.fulfill(response=response, body=body)

        context = browser.new_context(base_url=server.url, timezone_id=zone)
        page = context.new_page()
        page.clock.install(time=berlin(seen) if isinstance(seen, str) else seen)
        if data:
            page.route("**/articles/", damage)
        page.goto("/articles/")
        return page

    return open_page


def badge(page: Page) -> str:
    return page.locator("footer [data-hours-state]").inner_text()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.parametrize(
    ("rendered", "seen", "says", "today"),
    [
        (
            "2026-11-20T17:00",
            "2026-11-21T11:30",
            "Open now · closes at 15:00",
            "Saturday",
        ),
        (
            "2026-11-20T17:00",
            "2026-11-22T23:59",
            "Closed · opens tomorrow at 9:00",
            "Sunday",
        ),
        # Across both changes of the clock.
        (
            "2027-03-26T12:00",
            "2027-03-29T08:59",
            "Closed · opens at 9:00",
            "Monday - Friday",
        ),
        (
            "2027-03-26T12:00",
            "2027-03-29T09:00",
            "Open now · closes at 18:00",
            "Monday - Friday",
        ),
        (
            "2026-10-23T12:00",
            "2026-10-26T09:00",
            "Open now · closes at 18:00",
            "Monday - Friday",
        ),
        (
            "2026-10-23T12:00",
            "2026-10-25T23:59",
            "Closed · opens tomorrow at 9:00",
            "Sunday",
        ),
    ],
)
def test_a_kept_page_says_what_holds_at_the_clinic_now(
    look: Look, zone: str, rendered: str, seen: str, says: str, today: str
) -> None:
    page = look(rendered, seen, zone)

    expect(page.locator("footer [data-hours-state]")).to_have_text(says)
    marked = page.locator("footer th[aria-current=date] span[aria-hidden]")
    plain = page.locator("footer th[aria-current=date]")
    found = marked.inner_text() if marked.count() else plain.inner_text().strip()
    assert found == today
    page.context.close()


def test_after_fourteen_days_and_a_minute_there_is_no_badge(look: Look) -> None:
    rendered = "2026-11-20T17:00"
    over = berlin(rendered) + timedelta(days=14, minutes=1)
    page = look(rendered, over)
    expect(page.locator("footer [data-hours-state]")).to_be_hidden()
    assert page.locator("table [aria-current]").count() == 0
    expect(page.locator("footer .hours-table").first).to_be_visible()
    page.context.close()
    page = look(rendered, over - timedelta(hours=1))
    expect(page.locator("footer [data-hours-state]")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(
    "data",
    [
        "not json",
        "null",
        "[]",
        "{}",
        '{"until": 9999999999}',
        '{"until": 9999999999, "says": 5, "days": {}}',
        '{"until": 9999999999, "says": [], "days": []}',
        json.dumps({"until": 9e9, "says": [[9e9, "open", "Open now"]], "days": []}),
    ],
)
def test_data_that_cannot_be_read_hides_the_badge(look: Look, data: str) -> None:
    faults: list[str] = []
    page = look("2026-11-20T17:00", "2026-11-20T17:30", data=data)
    page.on("pageerror", lambda error: faults.append(str(error)))

    expect(page.locator("footer [data-hours-state]")).to_be_hidden()
    expect(page.locator("footer .hours-table").first).to_be_visible()
    assert faults == []
    page.context.close()


def test_the_badge_changes_while_the_page_is_open_and_when_it_wakes(look: Look) -> None:
    page = look("2026-11-20T17:00", "2026-11-20T17:59:30")
    expect(page.locator("footer [data-hours-state]")).to_have_text(
        "Open now · closes at 18:00"
    )
    page.clock.run_for(31_000)
    assert badge(page) == "Closed · opens tomorrow at 11:00"
    # A machine that sleeps runs no timers.
    page.clock.set_fixed_time(berlin("2026-11-21T12:00"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert badge(page) == "Open now · closes at 15:00"
    page.context.close()


def test_a_machine_that_woke_without_saying_so_is_right_within_a_minute(
    look: Look,
) -> None:
    page = look("2026-11-20T17:00", "2026-11-20T17:10")
    assert badge(page) == "Open now · closes at 18:00"
    page.clock.set_system_time(berlin("2026-11-21T12:00"))
    page.clock.run_for(31_000)
    assert badge(page) == "Open now · closes at 15:00"
    page.context.close()


def test_an_open_page_hides_what_is_over(look: Look) -> None:
    hours = OpeningHours.load()
    hours.closed_from = berlin("2026-11-20T16:00")
    hours.closed_until = berlin("2026-11-21T00:00")
    hours.save()
    page = look("2026-11-20T17:00", "2026-11-20T23:59:30")
    expect(page.get_by_text("Closed on Friday 20 November from 16:00")).to_be_visible()
    page.clock.run_for(31_000)
    expect(page.locator(".site-notices")).to_be_hidden()
    page.context.close()


def test_paper_marks_no_day_as_today(look: Look) -> None:
    page = look("2026-11-20T17:00", "2026-11-20T17:30")
    marked = page.locator("footer th[aria-current=date]")
    weight = "heading => getComputedStyle(heading).fontWeight"
    assert marked.evaluate(weight) == "600"
    page.emulate_media(media="print")
    assert marked.evaluate(weight) == "400"
    assert marked.evaluate("th => getComputedStyle(th).borderInlineStartWidth") == "0px"
    page.context.close()


def test_a_special_day_is_marked_in_place_of_its_weekday(look: Look) -> None:
    page = look("2026-12-20T17:00", "2026-12-24T10:00")

    assert badge(page) == "Open now · closes at 12:00"
    (row,) = page.locator("footer th[aria-current=date]").all()
    assert "Thursday 24 December" in row.inner_text()
    page.context.close()


def test_without_javascript_the_table_stands_for_itself(
    look: Look, browser: Browser, server: LiveServer
) -> None:
    look("2026-11-20T17:00", "2026-11-20T17:00").context.close()
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/articles/")
    rows = page.locator("footer .hours-table").first.locator("tr")
    texts = [
        row.evaluate(
            "row => [...row.querySelectorAll('th, td')].map(cell =>"
            " (cell.querySelector('[aria-hidden]') ?? cell).textContent.trim()).join(' ')"
        )
        for row in rows.all()
    ]
    assert texts == [
        "Monday - Friday 9:00-18:00",
        "Saturday 11:00-15:00",
        "Sunday Closed",
    ]
    assert page.locator("table [aria-current]").count() == 0
    expect(page.locator("footer [data-hours-state]")).to_be_hidden()
    context.close()


def test_reception_copies_monday_to_friday_and_closes_in_two_clicks(
    page: Page, context: BrowserContext, staff: Callable[[str], AbstractUser]
) -> None:
    staff("Reception")
    page.goto("/admin/login/")
    page.fill("[name=username]", "reception")
    page.fill("[name=password]", "password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Change opening hours").click()
    page.get_by_label("Monday").fill("9-12, 13-18")
    page.get_by_role("button", name="Copy Monday to Friday").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Visitors see them now.")).to_be_visible()
    hours = (Period(540, 720), Period(780, 1080))
    assert OpeningHours.load().week == (*[hours] * 5, (), ())

    page.goto("/admin/")
    page.get_by_role("link", name="Close from now").click()
    page.get_by_role("button", name="Close from now").click()
    expect(page.get_by_text("closed from now.")).to_be_visible()
    assert OpeningHours.load().closure is not None
    visitor = context.new_page()
    visitor.goto("/articles/")
    expect(visitor.locator(".site-notice", has_text="Closed on")).to_be_visible()


def test_on_a_phone_every_field_of_the_hours_can_be_reached(
    page: Page, staff: Callable[[str], AbstractUser]
) -> None:
    staff("Reception")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/admin/login/?next=/admin/opening-hours/")
    page.fill("[name=username]", "reception")
    page.fill("[name=password]", "password")
    page.get_by_role("button", name="Sign in").click()
    fields = page.locator("main table input")
    expect(fields).to_have_count(7 * 2 + 3 * 6)
    for field in fields.all():
        box = field.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    expect(page.get_by_text("Until (for several days)").nth(1)).to_be_visible()
    # What was overwritten comes back.
    page.get_by_label("Tuesday").fill("8-12")
    page.get_by_label("Monday").fill("9-18")
    page.get_by_role("button", name="Copy Monday to Friday").click()
    expect(page.get_by_label("Tuesday")).to_have_value("9-18")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Tuesday")).to_have_value("8-12")


def test_what_is_wrong_is_where_the_cursor_is(
    browser: Browser,
    server: LiveServer,
    home: HomePage,
    staff: Callable[[str], AbstractUser],
) -> None:
    staff("Reception")
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/opening-hours/")
    page.fill("[name=username]", "reception")
    page.fill("[name=password]", "password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Wednesday").fill("9-5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write 17:00")).to_be_visible()
    expect(page.get_by_label("Wednesday")).to_be_focused()
    context.close()
