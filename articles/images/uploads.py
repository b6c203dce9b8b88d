"""What is kept of an uploaded picture: the picture, upright, and nothing else."""

from io import BytesIO
from typing import IO, Any

from PIL import Image, ImageOps

# What is kept of a picture file beside its pixels: without these it looks different.
KEPT_INFO = ("icc_profile", "transparency", "gamma")
SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "AVIF": {"quality": 90},
    "JPEG": {"quality": 95, "progressive": True, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 95, "method": 4},
}
EXIF_ORIENTATION = 0x0112
DEEP_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N"}


def without_metadata(file: IO[bytes]) -> bytes:
    """Return a picture file upright and without EXIF, XMP or comments.

    Phones write where a photograph was taken into it, and cameras their owner's name.
    Raises OSError when the file is no complete picture.
    """
    file.seek(0)
    with Image.open(file) as picture:
        # Phones store several views of one photograph as "MPO"; the first is the JPEG.
        file_format = "JPEG" if picture.format == "MPO" else str(picture.format)
        options = SAVE_OPTIONS[file_format]
        turned = picture.getexif().get(EXIF_ORIENTATION, 1) != 1
        result = ImageOps.exif_transpose(picture) if turned else picture
        result.load()
        if result.mode in DEEP_MODES:
            # 16 bits a channel are more than screens show, and JPEG cannot hold them.
            result = result.convert("I").point(lambda value: value / 256).convert("L")
        result.info = {
            key: picture.info[key] for key in KEPT_INFO if key in picture.info
        }
        if result.format == "JPEG":
            options = options | {"quality": "keep"}
        output = BytesIO()
        # Given explicitly, because some encoders do not look into `info` for it.
        profile = result.info.get("icc_profile")
        result.save(output, file_format, icc_profile=profile, **options)
    return output.getvalue()
