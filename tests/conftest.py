import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group
from pytest_django import Settings
from wagtail.models import Site

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import content_version


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI nothing may skip: there everything can be installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true":
        reporter.write_line(f"CI: {len(skipped)} tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    """A media folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def machine_memory(settings: Settings, tmp_path: Path) -> None:
    """What this machine knows of the database was another test's."""
    settings.MACHINE_MEMORY = tmp_path


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process keeps of a content version was another test's."""
    monkeypatch.setattr(content_version, "_kept", {})


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.get()


@pytest.fixture
def home(site: Site) -> HomePage:
    """The home page that the migrations make."""
    return site.root_page.specific


@pytest.fixture
def index(home: HomePage) -> ArticleIndexPage:
    """The list of articles that the migrations make."""
    return ArticleIndexPage.objects.get()


@pytest.fixture
def staff(db: None) -> Callable[[str], AbstractUser]:
    """Make a member of one of the groups: `staff("Editors")`."""

    def make(group: str) -> AbstractUser:
        user = get_user_model().objects.create_user(
            username=group.lower().replace(" ", "-"),
            email=f"{group.lower().replace(' ', '-')}@clinic.example",
            password="password",
        )
        user.groups.add(Group.objects.get(name=group))
        return user

    return make
