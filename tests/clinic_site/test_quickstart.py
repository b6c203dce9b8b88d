import re
from collections.abc import Callable
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from wagtail.models import Page, Site

from clinic_site.apps import prepare_database

PASSWORD = re.compile(r"Password, shown only this once: (\S+)")
LOADED: list[str] = []


class BrokenSampleError(Exception):
    """What a sample loader may raise."""


def load_first(report: Callable[[str], object]) -> None:
    LOADED.append("first")
    report("First sample")


def load_second(report: Callable[[str], object]) -> None:
    LOADED.append("second")
    report("Second sample")


def fail(report: Callable[[str], object]) -> None:
    report("About to fail")
    raise BrokenSampleError


@pytest.fixture(autouse=True)
def loaders(settings: Settings, db: None) -> None:
    """An empty site without sample content."""
    settings.SAMPLE_LOADERS = []
    LOADED.clear()


def quickstart() -> str:
    output = StringIO()
    call_command("quickstart", stdout=output)
    return output.getvalue()


def test_it_prints_a_password_that_logs_in(client: Client, settings: Settings) -> None:
    output = quickstart()

    password = PASSWORD.search(output)
    assert password
    assert f"{settings.SITE_URL}/admin/" in output
    answer = client.post(
        "/admin/login/",
        {"username": "admin", "password": password[1], "next": "/admin/"},
    )
    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/users/").status_code == 200, "no administrator"


def test_the_password_is_another_each_time() -> None:
    first = PASSWORD.search(quickstart())
    get_user_model().objects.all().delete()
    second = PASSWORD.search(quickstart())

    assert first
    assert second
    assert first[1] != second[1]
    assert len(first[1]) >= 12


def test_running_again_prints_no_password_and_changes_nothing(
    settings: Settings,
) -> None:
    quickstart()
    users = list(get_user_model().objects.values())
    pages = list(Page.objects.order_by("pk").values())
    settings.SAMPLE_LOADERS = [f"{__name__}.fail"]

    output = quickstart()

    assert "Password" not in output
    assert list(get_user_model().objects.values()) == users
    assert list(Page.objects.order_by("pk").values()) == pages


def test_a_site_that_has_people_gets_neither_samples_nor_an_administrator(
    settings: Settings,
) -> None:
    get_user_model().objects.create_user("nurse")
    settings.SAMPLE_LOADERS = [f"{__name__}.load_first"]

    output = quickstart()

    assert "Password" not in output
    assert LOADED == []
    assert get_user_model().objects.get().username == "nurse"


def test_samples_are_loaded_in_order_and_reported(settings: Settings) -> None:
    settings.SAMPLE_LOADERS = [f"{__name__}.load_first", f"{__name__}.load_second"]

    output = quickstart()

    assert LOADED == ["first", "second"]
    assert output.index("First sample") < output.index("Second sample")
    assert output.index("Second sample") < output.index("Password")


def test_a_run_that_failed_midway_is_resumed_by_the_next(settings: Settings) -> None:
    settings.SAMPLE_LOADERS = [f"{__name__}.load_first", f"{__name__}.fail"]
    with pytest.raises(BrokenSampleError):
        quickstart()
    assert not get_user_model().objects.exists()

    settings.SAMPLE_LOADERS = [f"{__name__}.load_first", f"{__name__}.load_second"]
    output = quickstart()

    assert LOADED == ["first", "first", "second"]
    assert PASSWORD.search(output)
    assert get_user_model().objects.get().is_superuser


@pytest.mark.parametrize(
    ("site_url", "host", "port"),
    [
        ("https://clinic.example", "clinic.example", 443),
        ("https://clinic.example:8443", "clinic.example", 8443),
        ("http://localhost", "localhost", 80),
        ("http://127.0.0.1:8123", "127.0.0.1", 8123),
    ],
)
def test_the_site_record_follows_site_url(
    site: Site, settings: Settings, site_url: str, host: str, port: int
) -> None:
    site.hostname, site.port = "elsewhere.example", 1
    site.save()
    assert urlsplit(site.root_page.get_full_url()).netloc == "elsewhere.example:1"
    settings.SITE_URL = site_url

    prepare_database(using="default")

    site.refresh_from_db()
    assert (site.hostname, site.port) == (host, port)
    assert site.is_default_site
    # Wagtail keeps the addresses of sites in the cache: they have to follow as well.
    full_url = urlsplit(Page.objects.get(pk=site.root_page_id).get_full_url())
    assert full_url.netloc == urlsplit(site_url).netloc


def test_migrating_brings_the_site_record_and_the_cache_table(
    site: Site, settings: Settings
) -> None:
    settings.SITE_URL = "https://clinic.example"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache_entry")

    call_command("migrate", interactive=False, verbosity=0)

    site.refresh_from_db()
    assert (site.hostname, site.port) == ("clinic.example", 443)
    cache.set("greeting", "hello")
    assert cache.get("greeting") == "hello"
    call_command("migrate", interactive=False, verbosity=0)
    assert cache.get("greeting") == "hello", "the table was made anew"
