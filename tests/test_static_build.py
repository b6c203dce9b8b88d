"""The static files as production collects and serves them."""

import gzip
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from pytest_django import Settings

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import stylesheets
from tests.factories import ArticlePageFactory, ContactPageFactory, StandardPageFactory
from tests.test_static import STYLESHEETS, css


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Collect the static files as the image does; return the settings that serve them."""
    production = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        "STORAGES": settings.STORAGES
        | {
            "staticfiles": {
                "BACKEND": "clinic_site.stylesheets.BundledStaticFilesStorage"
            }
        },
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_USE_FINDERS": False,
    }
    with override_settings(**production):
        call_command("collectstatic", interactive=False, verbosity=0)
    return production


@pytest.fixture
def built(build: dict[str, Any], settings: Settings) -> Path:
    """Serve the built files; return their folder."""
    for name, value in build.items():
        setattr(settings, name, value)
    return build["STATIC_ROOT"]


def referenced(content: bytes) -> set[str]:
    """Return the static files that a page refers to, without /static/."""
    page = BeautifulSoup(content, "html.parser")
    return {
        re.split("[?#]", value.removeprefix("/static/"))[0]
        for element in page.select("[src], [href]")
        for value in (element.get("src") or element["href"],)
        if value.startswith("/static/")
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/articles/", 200),
        ("/articles/needles/", 200),
        ("/about/", 200),
        ("/contact/", 200),
        ("/missing/", 404),
        ("/admin/login/", 200),
    ],
)
def test_every_page_refers_to_hashed_files_that_exist(
    client: Client,
    built: Path,
    home: HomePage,
    index: ArticleIndexPage,
    path: str,
    status: int,
) -> None:
    ArticlePageFactory(parent=index, slug="needles")
    StandardPageFactory(parent=home, slug="about")
    ContactPageFactory(parent=home)

    response = client.get(path)

    assert response.status_code == status
    files = referenced(response.content)
    assert len(files) >= 3
    for name in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), f"{name} has no hash"
        assert (built / name).is_file(), name


def test_the_page_for_our_own_errors_renders_with_the_build(
    client: Client, built: Path, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(HomePage, "get_context")
    monkeypatch.setattr(HomePage, "template", "missing.html")
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    files = referenced(response.content)
    assert files
    assert all((built / name).is_file() for name in files)


def test_files_that_stylesheets_refer_to_exist(built: Path) -> None:
    for name in ["css/layers.css", *STYLESHEETS]:
        for url in re.findall(r"url\([\"']?([^)\"']+)", (built / name).read_text()):
            if not url.startswith(("data:", "#")):
                assert ((built / name).parent / url).resolve().is_file(), url


def test_a_built_file_is_served_compressed_and_for_ever(
    client: Client, built: Path, home: HomePage
) -> None:
    stylesheet = next(
        name
        for name in referenced(client.get("/").content)
        if name.startswith("css/site.")
    )

    response = client.get(
        f"/static/{stylesheet}", headers={"accept-encoding": "gzip, br"}
    )

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.headers["Content-Encoding"] in {"gzip", "br"}
    assert "immutable" in response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers
    response.close()


def without_addresses(text: str) -> str:
    return re.sub(r"url\([^)]*\)", "", text)


def test_the_bundle_has_every_stylesheet_and_addresses_that_fit(built: Path) -> None:
    assert stylesheets.links() == ["css/site.css"]
    (hashed,) = (built / "css").glob("site.*.css")
    text = hashed.read_text()
    assert text.startswith("@layer tokens")
    assert "/*" not in text
    for name in STYLESHEETS:
        small = without_addresses(stylesheets.small(css(name)))
        assert small in without_addresses(text), name
    addresses = re.findall(r"url\([\"']?([^)\"']+)", text)
    assert any(address.endswith(".woff2") for address in addresses)
    for address in addresses:
        assert (built / "css" / address).is_file(), address
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), f"{address} has no hash"


def test_every_built_file_lies_packed_beside_itself(built: Path) -> None:
    for name in ("css/site.css", *stylesheets.scripts()):
        small = (built / name).read_bytes()
        packed = (built / f"{name}.br").read_bytes()
        assert brotli.decompress(packed) == small
        assert len(packed) < len(gzip.compress(small, mtime=0))
        assert b"/*" not in small
