"""Reception's journey, on pages that real processes keep: two servers of two workers."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from bench import processes

SOON = 2.0
STAFF = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
user = get_user_model().objects.create_user("rosa", "rosa@clinic.example", "a long password")
user.groups.add(Group.objects.get(name="Reception"))
"""
# A day in the next thirty that is a holiday nowhere, made one for this test's processes.
HOLIDAY = date.today() + timedelta(days=9)  # noqa: DTZ011 (the machine's own day)


class Reception:
    """A browser in which a receptionist is signed in."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post(
            "/admin/login/",
            username="rosa",
            password="a long password",
            next="/admin/",
        )

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path) as answer:
            return answer.read().decode()

    def post(self, path: str, **data: str) -> str:
        """Send a form as it stands on its page, with some fields filled in."""
        page = self.get(path)
        found = re.findall(
            r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?', page
        )
        shown = {name: unescape(value) for name, value in found}
        with self.opener.open(
            self.base + path, urlencode(shown | data).encode()
        ) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    folder = tmp_path_factory.mktemp("two")
    environment = processes.site_environment(folder) | {"PUBLIC_HOLIDAYS": "GB-ENG"}
    python = sys.executable
    processes.run([python, "manage.py", "migrate"], environment)
    processes.run([python, "manage.py", "collectstatic", "--noinput"], environment)
    subprocess.run(  # noqa: S603 (our own arguments)
        [python, "manage.py", "shell", "-c", STAFF],
        check=True,
        cwd=processes.ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )
    (folder / "holidays").mkdir()
    (folder / "holidays" / "one_process.py").write_text(
        "import datetime, clinic_site.wsgi as site\n"
        "from clinic_info.opening_hours import holidays, models\n"
        f"day = datetime.date.fromisoformat('{HOLIDAY}')\n"
        "models.holidays_around = lambda today: ((day, 'Founders Day'),)\n"
        "application = site.application\n"
    )
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(folder / "holidays"), str(processes.ROOT)]
    )
    with ExitStack() as stack:
        yield [
            stack.enter_context(processes.served("one_process", environment))[0]
            for _ in range(2)
        ]


def asked(port: int) -> Request:
    """Return what a proxy asks in the site's own name: only that is kept."""
    address = f"http://127.0.0.1:{port}/articles/"
    return Request(address, headers={"Host": "127.0.0.1"})


def read(port: int) -> str:
    try:
        with urlopen(asked(port), timeout=10) as answer:  # noqa: S310
            return answer.read().decode()
    except HTTPError as error:
        return error.read().decode()


def seconds_until(ports: list[int], text: str, *, shown: bool = True) -> float:
    """Return after how long pages of all processes show a text, or no longer."""
    begun = time.monotonic()
    for port in ports:
        # Each server has two workers, and either may answer.
        in_a_row = 0
        while in_a_row < 6:
            in_a_row = in_a_row + 1 if (text in read(port)) is shown else 0
            assert time.monotonic() - begun < 20, f"never: {text}"
            time.sleep(0.02)
    return time.monotonic() - begun


def wait_until_kept(port: int) -> None:
    """Ask until both workers of a server keep the page."""
    begun = time.monotonic()
    in_a_row = 0
    while in_a_row < 6:
        with urlopen(asked(port), timeout=10) as answer:  # noqa: S310
            is_kept = answer.headers["X-Cache"] == "hit"
        in_a_row = in_a_row + 1 if is_kept else 0
        assert time.monotonic() - begun < 20, "never kept"


def test_what_reception_changes_is_seen_within_two_seconds(ports: list[int]) -> None:
    for port in ports:
        assert "Opening hours" not in read(port)
        wait_until_kept(port)
    rosa = Reception(f"http://127.0.0.1:{ports[0]}")
    week = {f"day_{n}": "0:00-24:00" for n in range(7)}
    waited = {}

    rosa.post("/admin/opening-hours/", **week, clock="24")
    waited["week"] = seconds_until(ports, "Monday - Sunday")

    special = {
        "special-0-first": (HOLIDAY + timedelta(days=2)).isoformat(),
        "special-0-hours": "9-12",
        "special-0-reason": "Staff training",
    }
    rosa.post("/admin/opening-hours/", **week, **special, clock="24")
    waited["special day"] = seconds_until(ports, "Staff training")

    rosa.post("/admin/opening-hours/close/", until="today", reason="a burst pipe")
    waited["closed from now"] = seconds_until(ports, "a burst pipe")
    assert "a burst pipe" in rosa.get("/admin/")
    rosa.post("/admin/opening-hours/reopen/")
    waited["open again"] = seconds_until(ports, "a burst pipe", shown=False)

    assert "Founders Day" in rosa.get("/admin/")
    waiting = "Not confirmed yet, please call"
    assert all(waiting in read(port) for port in ports)
    rosa.post(f"/admin/opening-hours/holidays/{HOLIDAY}/", answer="closed")
    waited["holiday"] = seconds_until(ports, waiting, shown=False)

    assert {name: took for name, took in waited.items() if took > SOON} == {}
