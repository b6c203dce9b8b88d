from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from clinic_info.notices.models import Notice
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import london

STARTS, ENDS = london("2026-12-01T08:00"), london("2026-12-05T18:00")
ADD = "/admin/snippets/clinic_info/notice/add/"


def notice(**values: Any) -> Notice:
    plain = {
        "text": "The lift is being repaired.",
        "starts_at": STARTS,
        "ends_at": ENDS,
    }
    return Notice(**(plain | values))


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def shown(client: Client, path: str = "/articles/") -> list[str]:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return [" ".join(p.get_text().split()) for p in page.select(".site-notice")]


def test_every_page_shows_a_notice_from_its_start_to_its_end(
    client: Client, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice(link_url="/contact/", link_text="How to reach us").save()
    second = timedelta(seconds=1)
    said = ["For your information The lift is being repaired. How to reach us"]

    for moment, expected, until in [
        (STARTS - second, [], STARTS),
        (STARTS, said, ENDS),
        (ENDS - second, said, ENDS),
        (ENDS, [], None),
    ]:
        set_clock(monkeypatch, moment)
        for path in ("/", "/articles/", "/missing/"):
            assert shown(client, path) == expected
        stamp = client.get("/articles/").headers.get("X-Page-Fresh-Until")
        assert (float(stamp) if stamp else None) == (until and until.timestamp())


def test_what_staff_write_is_no_html(
    client: Client, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, STARTS)
    notice(text="<script>alert(1)</script>", urgency="emergency").save()

    assert shown(client) == ["Emergency <script>alert(1)</script>"]


def test_notices_cost_one_query_however_many_there_are(
    client: Client, home: HomePage
) -> None:
    def queries() -> int:
        client.get("/articles/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/articles/")
        return len(captured)

    before = queries()
    for _ in range(5):
        notice(ends_at=timezone.now() + timedelta(days=900)).save()
    assert queries() == before


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_at": STARTS}, "ends_at"),
        ({"link_text": "More"}, "link_url"),
        ({"link_url": "/contact/"}, "link_text"),
        ({"link_url": "javascript:alert(1)", "link_text": "More"}, "link_url"),
        ({"link_url": "//evil.example", "link_text": "More"}, "link_url"),
        ({"link_url": "/\\evil.example", "link_text": "More"}, "link_url"),
        ({"starts_at": None}, "starts_at"),
        ({"ends_at": None}, "ends_at"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    db: None, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        notice(**values).full_clean()

    assert field in caught.value.message_dict


@pytest.mark.parametrize("values", [{"ends_at": STARTS}, {"link_text": "More"}])
def test_the_database_refuses_what_the_form_does(
    db: None, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        notice(**values).save()


@pytest.mark.parametrize(
    ("group", "may"),
    [("Reception", True), ("Editors", True), ("Medical reviewers", False)],
)
def test_reception_and_editors_write_notices(
    client: Client, staff: Callable[[str], AbstractUser], group: str, may: bool
) -> None:
    client.force_login(staff(group))
    data = {
        "text": "The lift is being repaired.",
        "urgency": "note",
        "starts_at": "2026-12-01 08:00",
        "ends_at": "2026-12-05 18:00",
        "link_text": "",
        "link_url": "",
    }

    client.post(ADD, data)

    assert Notice.objects.exists() is may
    assert ModelLogEntry.objects.filter(action="wagtail.create").exists() is may


def test_a_notice_can_be_seen_before_it_starts(
    client: Client, home: HomePage, staff: Callable[[str], AbstractUser]
) -> None:
    client.force_login(staff("Reception"))
    address = "/admin/snippets/clinic_info/notice/preview/"
    data = {
        "text": "Tomorrow the lift is repaired.",
        "urgency": "important",
        "starts_at": "2036-12-01 08:00",
        "ends_at": "2036-12-05 18:00",
        "link_text": "",
        "link_url": "",
    }

    assert client.post(address, data).json()["is_valid"]

    assert shown(client, address) == ["Important Tomorrow the lift is repaired."]
