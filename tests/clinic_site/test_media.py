from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from wagtail.documents.models import Document

from articles.images.models import CustomImage
from tests.factories import CustomImageFactory

KEPT_FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def image(db: None) -> CustomImage:
    return CustomImageFactory()


@pytest.fixture
def rendition_file(media: Path) -> Path:
    """A file where renditions are kept, without the database knowing of it."""
    default_storage.save("images/skin.width-32.jpg", ContentFile(b"picture"))
    return media / "images" / "skin.width-32.jpg"


@pytest.mark.parametrize(
    ("file_format", "suffix", "content_type"),
    [
        ("avif", ".avif", "image/avif"),
        ("webp", ".webp", "image/webp"),
        ("jpeg", ".jpg", "image/jpeg"),
        ("png", ".png", "image/png"),
    ],
)
def test_a_rendition_is_sent_with_its_type_and_may_be_kept_for_ever(
    client: Client, image: CustomImage, file_format: str, suffix: str, content_type: str
) -> None:
    rendition = image.get_rendition(f"width-32|format-{file_format}")

    response = client.get(rendition.url)

    assert rendition.url.startswith("/media/images/")
    assert rendition.url.endswith(suffix)
    assert response.status_code == 200
    assert response.getvalue() == Path(rendition.file.path).read_bytes()
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Cache-Control"] == KEPT_FOR_EVER
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies
    assert not response.has_header("Vary")


def test_a_rendition_needs_no_database(client: Client, rendition_file: Path) -> None:
    response = client.get(f"/media/images/{rendition_file.name}")

    assert response.getvalue() == b"picture"


def test_a_name_in_capitals_and_other_scripts_is_found(client: Client) -> None:
    default_storage.save("images/Haut-é 皮.JPG", ContentFile(b"picture"))
    name = next(name for name in default_storage.listdir("images")[1])

    response = client.get(f"/media/images/{quote(name)}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"


def test_head_has_the_headers_and_no_body(client: Client, rendition_file: Path) -> None:
    response = client.head(f"/media/images/{rendition_file.name}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.getvalue() == b""


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pictures_can_only_be_read(
    client: Client, rendition_file: Path, method: str
) -> None:
    response = getattr(client, method)(f"/media/images/{rendition_file.name}")

    assert response.status_code == 405
    assert rendition_file.exists()


def test_originals_have_no_address(client: Client, image: CustomImage) -> None:
    name = Path(image.file.name).name
    assert Path(image.file.path).exists()

    for path in (
        image.file.url,
        f"/media/images/{name}",
        f"/media/images/../original_images/{name}",
        f"/media/images/..%2Foriginal_images%2F{name}",
        f"/media/images/%2e%2e/original_images/{name}",
        f"/media/images/%2e%2e%2foriginal_images%2f{name}",
        f"/media/images/..%252Foriginal_images%252F{name}",
        f"/media/images/..%5Coriginal_images%5C{name}",
        f"/media/images//original_images/{name}",
        f"/media//images/../original_images/{name}",
    ):
        assert client.get(path).status_code == 404, path


def test_documents_have_no_address_under_media(client: Client, db: None) -> None:
    # Even one that is named like a picture.
    document = Document.objects.create(
        title="Scan", file=ContentFile(b"private", name="scan.jpg")
    )
    assert Path(document.file.path).exists()

    for path in (
        document.file.storage.url(document.file.name),
        "/media/images/scan.jpg",
        "/media/images/../documents/scan.jpg",
        "/media/images/..%2Fdocuments%2Fscan.jpg",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../secret.jpg", id="one up"),
        pytest.param("..%2Fsecret.jpg", id="one up, slash encoded"),
        pytest.param("%2e%2e%2fsecret.jpg", id="one up, all encoded"),
        pytest.param("%2e%2e/secret.jpg", id="one up, dots encoded"),
        pytest.param("../../secret.jpg", id="two up"),
        pytest.param("..%2F..%2Fsecret.jpg", id="two up, encoded"),
        pytest.param("%2Fsecret.jpg", id="absolute"),
        pytest.param("..", id="the folder above"),
        pytest.param("..%2F", id="the folder above, encoded"),
    ],
)
def test_nothing_outside_the_folder_is_reached(
    client: Client, db: None, media: Path, name: str
) -> None:
    for folder in (media, media.parent):
        folder.mkdir(exist_ok=True)
        (folder / "secret.jpg").write_bytes(b"secret")
    (media / "images").mkdir()

    assert client.get(f"/media/images/{name}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("missing.jpg", id="missing"),
        pytest.param("skin%00.jpg", id="NUL before the suffix"),
        pytest.param("skin.jpg%00", id="NUL after the suffix"),
        pytest.param("%00", id="NUL"),
        pytest.param("a" * 300 + ".jpg", id="longer than file systems allow"),
        pytest.param("a" * 5000 + ".jpg", id="longer than any path"),
        pytest.param("%FF%FE.jpg", id="no UTF-8"),
        pytest.param("%0A.jpg", id="line break"),
        pytest.param(".jpg", id="nothing but a suffix"),
        pytest.param("", id="the folder itself"),
    ],
)
def test_a_name_that_is_no_picture_is_not_found(
    client: Client, db: None, rendition_file: Path, name: str
) -> None:
    assert client.get(f"/media/images/{name}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "drawing.svg",
        "script.js",
        "data.json",
        "skin.gif",
        "skin",
        "a.jpg~",
    ],
)
def test_other_kinds_of_file_are_not_sent(client: Client, db: None, name: str) -> None:
    default_storage.save(f"images/{name}", ContentFile(b"<script>alert(1)</script>"))
    assert default_storage.exists(f"images/{name}")

    assert client.get(f"/media/images/{name}").status_code == 404


def test_a_folder_is_not_found_even_when_named_like_a_picture(
    client: Client, db: None, media: Path
) -> None:
    (media / "images" / "folder.jpg").mkdir(parents=True)

    assert client.get("/media/images/folder.jpg").status_code == 404
    assert client.get("/media/images/folder.jpg/").status_code == 404
    assert client.get("/media/").status_code == 404
