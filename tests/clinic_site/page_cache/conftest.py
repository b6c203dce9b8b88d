import pytest
from pytest_django import Settings

from clinic_site import content_version
from tests.clinic_site.page_cache.cached_site import Site


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Site:
    settings.SITE_URL = "https://clinic.example:8443"
    site = Site()
    monkeypatch.setattr(content_version, "_asked", lambda: site.version)
    return site
