"""Find the picture files that an article names, and no others."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from articles.images.models import CustomImage

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\~]")
_LONGEST_DESCRIPTION = CustomImage._meta.get_field("long_description").max_length


class PictureError(Exception):
    """An article names a picture that it cannot have."""


def find(address: str, folder: Path) -> Path:
    """Turn the address of a picture into a file below the article's folder."""
    name = unquote(address)
    shown = name if len(name) <= 80 else f"{name[:80]}…"
    if not name.strip():
        raise PictureError("A picture names no file.")
    outside = PictureError(f"Pictures must be files beside the article: {shown}")
    if _ELSEWHERE.match(name):
        raise outside
    try:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise outside
        found = file.is_file()
    # A name can be impossible: too long, with a NUL, or a link to itself.
    except (OSError, ValueError, RuntimeError):
        found = False
    if not found:
        raise PictureError(f"There is no picture file {shown}")
    return file


def long_description(file: Path, folder: Path) -> str:
    """Return the text beside a picture (`drawing.txt` for `drawing.png`), "" without one.

    Raises PictureError when it cannot be a description.
    """
    beside = file.with_suffix(".txt")
    if not beside.is_file():
        return ""
    if not beside.resolve().is_relative_to(folder.resolve()):
        raise PictureError(f"The description {beside.name} is not beside the article.")
    try:
        text = beside.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise PictureError(f"The description {beside.name} is not UTF-8.") from error
    if len(text) > _LONGEST_DESCRIPTION:
        raise PictureError(
            f"The description {beside.name} is longer than {_LONGEST_DESCRIPTION} characters."
        )
    return text
