"""Picture files that hold what cameras and programs write into them."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

OWNER = "Erika Mustermann"
COMMENT = "a private remark"
PLACE = "a private place"
SECRETS = [OWNER.encode(), COMMENT.encode(), PLACE.encode()]
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{PLACE}</x:xmpmeta>'
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.Artist] = OWNER
    gps = data.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return data


def drawing(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Return a picture whose left half is red, the right one blue."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    output = BytesIO()
    picture.save(output, file_format, **options)
    return output.getvalue()


def photograph(extension: str, *, orientation: int = 1) -> bytes:
    """Return a file with everything in it that the format can hold."""
    file_format = FORMATS[extension]
    options: dict[str, Any] = {"exif": exif(orientation), "icc_profile": PROFILE}
    if file_format == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", COMMENT)
        texts.add_text("Author", OWNER, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", XMP)
        options["pnginfo"] = texts
    else:
        options["xmp"] = XMP.encode()
    if file_format == "JPEG":
        options["comment"] = COMMENT.encode()
    return encoded(drawing(), file_format, **options)


def upload(content: bytes, name: str = "skin.jpg") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture
