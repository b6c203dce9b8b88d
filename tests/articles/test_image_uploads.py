import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings
from wagtail.documents.models import Document
from wagtail.models import UploadedFile

from articles.images.models import CustomImage
from tests.articles.photographs import (
    FORMATS,
    SECRETS,
    drawing,
    encoded,
    exif,
    opened,
    photograph,
    upload,
)
from tests.factories import CustomImageFactory

File = SimpleUploadedFile
# Sends a file through one of the admin's ways; returns what was wrong with it, or "".
Route = Callable[..., str]


def by_form(client: Client, file: File, **fields: str) -> str:
    data = {"title": "Skin", "description": "A needle in skin", "file": file} | fields
    response = client.post(reverse("wagtailimages:add"), data)
    if response.status_code == 302:
        return ""
    assert response.status_code == 200
    return response.context["form"].errors.as_text()


def by_chooser(client: Client, file: File, **fields: str) -> str:
    values = {"title": "Skin", "description": "A needle in skin", "file": file} | fields
    response = client.post(
        reverse("wagtailimages_chooser:create"),
        {f"image-chooser-upload-{name}": value for name, value in values.items()},
    )
    assert response.status_code == 200
    answer = response.json()
    if answer["step"] == "chosen":
        return ""
    soup = BeautifulSoup(answer["htmlFragment"], "html.parser")
    return soup.find(class_="error-message").get_text()


def in_a_batch(client: Client, file: File, **fields: str) -> str:
    response = client.post(reverse("wagtailimages:add_multiple"), {"files[]": file})
    assert response.status_code == 200
    answer = response.json()
    if not answer["success"]:
        return answer["error_message"]
    id = answer["uploaded_file_id"]
    values = {"title": "Skin", "description": "A needle in skin"} | fields
    response = client.post(
        reverse("wagtailimages:create_multiple_from_uploaded_image", args=[id]),
        {f"uploaded-image-{id}-{name}": value for name, value in values.items()},
    )
    assert response.status_code == 200
    answer = response.json()
    if answer["success"]:
        return ""
    soup = BeautifulSoup(answer["form"], "html.parser")
    return soup.find(class_="error-message").get_text()


ROUTES = [by_form, by_chooser, in_a_batch]
each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda f: f.__name__)


def uploaded() -> bytes:
    return Path(CustomImage.objects.get().file.path).read_bytes()


def private_bytes_below(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in SECRETS)
    ]


@each_route
@pytest.mark.parametrize("extension", FORMATS)
def test_every_way_into_the_admin_strips_what_is_private(
    admin_client: Client, media: Path, route: Route, extension: str
) -> None:
    file = upload(photograph(extension, orientation=6), f"skin.{extension}")
    assert route(admin_client, file) == ""
    assert dict(opened(uploaded()).getexif()) == {}
    assert private_bytes_below(media) == []
    assert not UploadedFile.objects.exists()


@each_route
def test_width_and_height_are_those_of_the_upright_picture(
    admin_client: Client, route: Route
) -> None:
    route(admin_client, upload(photograph("jpg", orientation=6)))
    image = CustomImage.objects.get()
    assert (image.width, image.height) == opened(uploaded()).size == (32, 64)


@each_route
def test_size_and_hash_are_those_of_the_file_that_is_stored(
    admin_client: Client, route: Route
) -> None:
    route(admin_client, upload(photograph("jpg")))
    image, content = CustomImage.objects.get(), uploaded()
    assert image.file_size in {None, len(content)}
    assert image.get_file_hash() == hashlib.sha1(content).hexdigest()  # noqa: S324


@each_route
def test_a_large_photograph_is_stripped_as_well(
    admin_client: Client, media: Path, route: Route
) -> None:
    # Above 2.5 MB Django keeps uploads in a file of its own instead of in memory.
    noise = Image.effect_noise((2000, 2000), 90).convert("RGB")
    content = encoded(noise, "JPEG", quality=95, exif=exif(6))
    assert len(content) > 2_621_440
    assert route(admin_client, upload(content)) == ""
    assert private_bytes_below(media) == []


def test_a_new_file_for_an_old_picture_is_stripped(
    admin_client: Client, media: Path
) -> None:
    image = CustomImageFactory()
    response = admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]),
        {
            "title": "Skin",
            "description": "A needle in skin",
            "file": upload(photograph("jpg"), "new.jpg"),
        },
    )
    assert response.status_code == 302
    assert dict(opened(uploaded()).getexif()) == {}
    assert private_bytes_below(media) == []


@each_route
def test_photographs_with_several_views_are_taken(
    admin_client: Client, route: Route
) -> None:
    content = encoded(drawing(), "MPO", save_all=True, append_images=[drawing()])
    assert route(admin_client, upload(content)) == ""
    assert opened(uploaded()).format == "JPEG"


# What is refused


def png_of_zeros(width: int, height: int) -> bytes:
    """Return a small PNG file of one bit per pixel, however large the picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    row = bytes(1 + (width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height, 9))
        + chunk(b"IEND", b"")
    )


def moving(file_format: str) -> bytes:
    frames = [Image.new("RGB", (64, 32), colour) for colour in ("red", "green")]
    return encoded(
        frames[0], file_format, save_all=True, append_images=frames[1:], duration=100
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "225 megapixels": (
        "huge.png",
        lambda: png_of_zeros(15_000, 15_000),
        "too many pixels",
    ),
    "more pixels than allowed": (
        "large.png",
        lambda: png_of_zeros(8_001, 8_000),
        "too many pixels",
    ),
    "a size that lies": (
        "liar.png",
        lambda: png_of_zeros(60_000, 60_000)[:2000],
        "too many pixels",
    ),
    "too many bytes": (
        "heavy.jpg",
        lambda: photograph("jpg") + bytes(20 * 1024 * 1024),
        "too big",
    ),
    "PNG named jpg": ("skin.jpg", lambda: photograph("png"), "Not a valid .jpeg"),
    "AVIF named webp": ("skin.webp", lambda: photograph("avif"), "Not a valid .webp"),
    "text named jpg": ("skin.jpg", lambda: b"no picture at all", "valid image"),
    "page named png": ("skin.png", lambda: b"<html><script>", "valid image"),
    "SVG": ("skin.svg", lambda: SVG, "Not a supported image format"),
    "SVG named png": ("skin.png", lambda: SVG, "Not a valid .png"),
    "GIF": (
        "skin.gif",
        lambda: encoded(drawing(), "GIF"),
        "Not a supported image format",
    ),
    "no extension": ("skin", lambda: photograph("jpg"), "Not a supported image format"),
    "truncated JPEG": ("skin.jpg", lambda: photograph("jpg")[:-400], "damaged"),
    "truncated PNG": ("skin.png", lambda: photograph("png")[:-60], "damaged"),
    "truncated WebP": ("skin.webp", lambda: photograph("webp")[:200], ""),
    "truncated AVIF": ("skin.avif", lambda: photograph("avif")[:400], ""),
    "only the head of a JPEG": ("skin.jpg", lambda: photograph("jpg")[:30], ""),
    "only the head of a PNG": ("skin.png", lambda: photograph("png")[:20], ""),
    "moving WebP": ("skin.webp", lambda: moving("WEBP"), "moves"),
    "moving AVIF": ("skin.avif", lambda: moving("AVIF"), ""),
    "moving PNG": ("skin.png", lambda: moving("PNG"), ""),
    "empty": ("skin.jpg", lambda: b"", "empty"),
}


@each_route
@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_no_good_is_answered_in_the_form(
    admin_client: Client, media: Path, route: Route, what: str
) -> None:
    name, make, reason = REFUSED[what]
    error = route(admin_client, upload(make(), name))
    assert error
    assert reason in error
    assert not CustomImage.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


@each_route
def test_a_picture_at_the_limit_of_pixels_is_taken(
    admin_client: Client, settings: Settings, route: Route
) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64 * 32
    assert route(admin_client, upload(encoded(drawing((64, 33)), "PNG"), "s.png"))
    assert route(admin_client, upload(encoded(drawing((64, 32)), "PNG"), "s.png")) == ""


# What must be said about a picture


@each_route
def test_a_picture_needs_a_description(admin_client: Client, route: Route) -> None:
    error = route(admin_client, upload(photograph("jpg")), description=" ")
    assert "describe what the picture shows" in error
    assert not CustomImage.objects.exists()


@each_route
def test_a_picture_that_only_decorates_needs_none(
    admin_client: Client, route: Route
) -> None:
    file = upload(photograph("jpg"))
    assert route(admin_client, file, description="", is_decorative="on") == ""
    assert CustomImage.objects.get().default_alt_text == ""


def test_a_description_cannot_be_taken_away_later(admin_client: Client) -> None:
    image = CustomImageFactory(description="A needle in skin")
    response = admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]),
        {"title": "Skin", "description": ""},
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"description"}
    image.refresh_from_db()
    assert image.description == "A needle in skin"


# Documents


def upload_document(client: Client, name: str, content: bytes = b"x") -> Any:
    return client.post(
        reverse("wagtaildocs:add"), {"title": "Leaflet", "file": upload(content, name)}
    )


@pytest.mark.parametrize(
    "name", ["leaflet.exe", "leaflet.html", "leaflet.svg", "leaflet.pdf.js", "leaflet"]
)
def test_a_document_of_another_kind_is_answered_in_the_form(
    admin_client: Client, media: Path, name: str
) -> None:
    response = upload_document(admin_client, name)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"file"}
    answer = admin_client.post(
        reverse("wagtaildocs:add_multiple"), {"files[]": upload(b"x", name)}
    )
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert not Document.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["leaflet.pdf", "LEAFLET.PDF", "prices.xlsx"])
def test_a_document_of_an_allowed_kind_is_taken(
    admin_client: Client, name: str
) -> None:
    assert upload_document(admin_client, name, b"%PDF-1.7").status_code == 302
    assert Document.objects.exists()
