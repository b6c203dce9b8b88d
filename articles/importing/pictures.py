"""Pictures of an import: checked like an upload, stored once however often they are used."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.text import Truncator
from wagtail.images.forms import BaseImageForm, get_image_form
from wagtail.models import Collection

from articles.images.models import CleanedPicture, CustomImage
from articles.importing.draft import ArticleDraft, Picture, Problem, UnreadableError


@dataclass(frozen=True)
class CheckedPicture:
    """A picture that may be stored: the filled-in form and the cleaned file."""

    form: BaseImageForm
    file: CleanedPicture


def pictures_of(draft: ArticleDraft) -> list[Picture]:
    """Return all pictures of a draft, the main one first."""
    inside = [
        block
        for section in draft.sections
        for block in section.blocks
        if isinstance(block, Picture)
    ]
    return [draft.hero, *inside] if draft.hero else inside


def check(draft: ArticleDraft) -> dict[Picture, CheckedPicture]:
    """Check and clean a draft's pictures, before any transaction begins.

    Raises UnreadableError with a problem per picture that cannot be used.
    """
    checked: dict[Picture, CheckedPicture] = {}
    problems: list[Problem] = []
    collection = Collection.get_first_root_node()
    for picture in pictures_of(draft):
        content = picture.file.read_bytes()
        form = get_image_form(CustomImage)(
            data={
                "title": _title(picture),
                "description": picture.description,
                "is_decorative": not picture.description,
                "long_description": picture.long_description,
                "credit": picture.credit,
                "licence": picture.licence,
                "collection": collection.pk,
            },
            files={"file": SimpleUploadedFile(picture.file.name, content)},
        )
        if form.is_valid():
            checked[picture] = CheckedPicture(form, form.cleaned_data["file"])
        else:
            messages = [
                str(error) for errors in form.errors.values() for error in errors
            ]
            problems.append(
                Problem(f"{picture.file.name}: {' '.join(messages)}", picture.line)
            )
    if problems:
        raise UnreadableError(problems)
    return checked


class PictureStore:
    """Stores checked pictures, and can take back the files it has written."""

    def __init__(self, checked: dict[Picture, CheckedPicture]) -> None:
        self._checked = checked
        self._stored: dict[Picture, CustomImage] = {}
        self._written: list[CustomImage] = []

    def image(self, picture: Picture) -> CustomImage:
        """Return the stored image of a picture, storing it if it is new."""
        if picture not in self._stored:
            self._stored[picture] = self._same(picture) or self._write(picture)
        return self._stored[picture]

    def keep_files(self) -> None:
        """Say that the rows of the pictures are stored."""
        self._written.clear()

    def discard_files(self) -> None:
        """Delete the files of pictures whose rows were rolled back."""
        for image in self._written:
            image.file.storage.delete(image.file.name)

    def _same(self, picture: Picture) -> CustomImage | None:
        content = self._checked[picture].file
        content.seek(0)
        digest = hashlib.file_digest(content, "sha1").hexdigest()
        return CustomImage.objects.filter(
            file_hash=digest,
            description=picture.description,
            long_description=picture.long_description,
            credit=picture.credit,
            licence=picture.licence,
        ).first()

    def _write(self, picture: Picture) -> CustomImage:
        image: CustomImage = self._checked[picture].form.save()
        self._written.append(image)
        return image


def _title(picture: Picture) -> str:
    words = Path(picture.file.name).stem.replace("-", " ").replace("_", " ").strip()
    return Truncator(words.capitalize() or picture.file.name).chars(255)
