from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from PIL import Image, ImageChops, ImageStat
from wagtail.images.models import Filter

from articles.images.models import CustomImage
from articles.images.sizes import offer
from articles.images.uploads import without_metadata
from tests.articles.photographs import (
    FORMATS,
    PROFILE,
    SECRETS,
    drawing,
    encoded,
    exif,
    opened,
    photograph,
)
from tests.factories import CustomImageFactory

RED, BLUE = (255, 0, 0), (0, 0, 255)


def assert_nothing_private(content: bytes) -> None:
    assert [secret for secret in SECRETS if secret in content] == []
    picture = opened(content)
    assert dict(picture.getexif()) == {}
    private = {"exif", "xmp", "comment", "XML:com.adobe.xmp", "Comment", "Author"}
    assert private & set(picture.info) == set()


def is_near(pixel: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


def stored(content: bytes, name: str) -> CustomImage:
    image = CustomImageFactory(file=ContentFile(content, name=name))
    return CustomImage.objects.get(pk=image.pk)


def bytes_of(image: CustomImage) -> bytes:
    return Path(image.file.path).read_bytes()


@pytest.mark.parametrize("extension", FORMATS)
def test_the_pictures_of_these_tests_do_hold_something_private(extension: str) -> None:
    content = photograph(extension)
    assert any(secret in content for secret in SECRETS)
    with pytest.raises(AssertionError):
        assert_nothing_private(content)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_stored_original_holds_nothing_but_the_picture(
    db: None, extension: str
) -> None:
    image = stored(photograph(extension), f"skin.{extension}")
    content = bytes_of(image)
    assert_nothing_private(content)
    assert opened(content).format == FORMATS[extension]
    assert (image.width, image.height) == opened(content).size == (64, 32)


@pytest.mark.parametrize("extension", FORMATS)
def test_renditions_hold_nothing_but_the_picture(db: None, extension: str) -> None:
    image = stored(photograph(extension), f"skin.{extension}")
    for file_format in ("avif", "webp", "jpeg", "png"):
        rendition = image.get_rendition(Filter(f"width-30|format-{file_format}"))
        assert_nothing_private(Path(rendition.file.path).read_bytes())


@pytest.mark.parametrize("extension", FORMATS)
def test_the_colour_profile_is_kept(db: None, extension: str) -> None:
    image = stored(photograph(extension), f"skin.{extension}")
    assert opened(bytes_of(image)).info["icc_profile"] == PROFILE


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(
    ("orientation", "size", "red", "blue"),
    [
        (1, (64, 32), (4, 16), (60, 16)),
        (3, (64, 32), (60, 16), (4, 16)),
        (6, (32, 64), (16, 4), (16, 60)),
        (8, (32, 64), (16, 60), (16, 4)),
    ],
)
def test_a_photograph_is_stored_upright(
    db: None,
    extension: str,
    orientation: int,
    size: tuple[int, int],
    red: tuple[int, int],
    blue: tuple[int, int],
) -> None:
    content = photograph(extension, orientation=orientation)
    image = stored(content, f"skin.{extension}")
    picture = opened(bytes_of(image)).convert("RGB")
    assert (image.width, image.height) == picture.size == size
    assert is_near(picture.getpixel(red), RED)
    assert is_near(picture.getpixel(blue), BLUE)


def test_a_jpeg_that_stands_upright_loses_no_quality() -> None:
    noise = Image.effect_noise((64, 64), 80)
    before = encoded(noise, "JPEG", quality=60, exif=exif())
    after = without_metadata(BytesIO(before))
    assert opened(after).quantization == opened(before).quantization
    difference = ImageChops.difference(opened(after), opened(before))
    assert ImageStat.Stat(difference).mean[0] < 3


def test_transparency_of_a_palette_is_kept() -> None:
    picture = drawing().quantize(4)
    clear = picture.getpixel((4, 4))
    before = encoded(picture, "PNG", transparency=clear, exif=exif())
    after = opened(without_metadata(BytesIO(before)))
    assert after.mode == "P"
    assert after.convert("RGBA").getpixel((4, 4))[3] == 0
    assert after.convert("RGBA").getpixel((60, 4))[3] == 255


@pytest.mark.parametrize("extension", ["png", "webp", "avif"])
def test_an_alpha_channel_is_kept(extension: str) -> None:
    picture = drawing().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    before = encoded(picture, FORMATS[extension], exif=exif())
    after = opened(without_metadata(BytesIO(before)))
    assert after.convert("RGBA").getpixel((4, 4))[3] == 0


def test_the_views_of_a_phone_s_photograph_become_one_jpeg(db: None) -> None:
    views = {"save_all": True, "append_images": [drawing()]}
    content = encoded(drawing(), "MPO", exif=exif(6), **views)
    assert opened(content).format == "MPO"
    picture = opened(bytes_of(stored(content, "skin.jpg")))
    assert picture.format == "JPEG"
    assert picture.size == (32, 64)
    assert_nothing_private(bytes_of(CustomImage.objects.get()))


@pytest.mark.parametrize(
    ("mode", "extension"),
    [
        ("1", "png"),
        ("L", "jpg"),
        ("LA", "png"),
        ("P", "png"),
        ("I;16", "png"),
        ("CMYK", "jpg"),
        ("RGBA", "webp"),
    ],
)
def test_pictures_of_any_colour_mode_can_be_offered(
    db: None, mode: str, extension: str
) -> None:
    if mode == "I;16":
        picture = Image.new(mode, (64, 32), 40_000)
    else:
        picture = drawing().convert(mode)
    content = encoded(picture, FORMATS[extension], exif=exif(6))
    image = stored(content, f"skin.{extension}")
    assert_nothing_private(bytes_of(image))
    assert offer(image, "figure").fallback.width == 32


def test_transparent_pictures_stand_on_white_where_a_format_knows_no_transparency(
    db: None,
) -> None:
    clear = encoded(Image.new("RGBA", (64, 32), (0, 0, 0, 0)), "PNG")
    fallback = offer(stored(clear, "clear.png"), "figure").fallback
    picture = opened(Path(fallback.file.path).read_bytes())
    assert picture.format == "JPEG"
    assert is_near(picture.convert("RGB").getpixel((4, 4)), (255, 255, 255))


def test_an_incomplete_picture_is_not_stored(db: None) -> None:
    with pytest.raises(OSError, match="(?i)truncated"):
        stored(photograph("jpg")[:-400], "skin.jpg")
    assert not CustomImage.objects.exists()


def test_replacing_the_file_of_a_picture_cleans_the_new_one(db: None) -> None:
    image = CustomImageFactory()
    image.file.save("new.jpg", ContentFile(photograph("jpg", orientation=6)))
    image.refresh_from_db()
    assert_nothing_private(bytes_of(image))
    assert (image.width, image.height) == (32, 64)
