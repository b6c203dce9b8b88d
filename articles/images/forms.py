"""The form for pictures: in the admin, in choosers, and for the importer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from articles.images.models import CleanedPicture


class ImageFormField(WagtailImageField):
    """The upload, refused with a reason where decoding it would fail or take too much."""

    default_error_messages = {
        "animated": _(
            "This picture moves. Please upload a still picture, or add a video."
        ),
        "damaged": _(
            "This file is damaged or incomplete. Please export it again and retry."
        ),
        "too_many_pixels": _(
            "This picture has too many pixels. Please make it smaller than "
            "%(limit)s million pixels, for example 8,000 by 8,000."
        ),
    }

    def check_image_pixel_size(self, f: Any) -> None:
        too_large = ValidationError(
            self.error_messages["too_many_pixels"],
            code="too_many_pixels",
            params={"limit": self.max_image_pixels // 1_000_000},
        )
        try:
            width, height = f.image.get_size()
        except Image.DecompressionBombError as error:
            raise too_large from error
        except (OSError, SyntaxError, ValueError) as error:
            raise ValidationError(
                self.error_messages["damaged"], code="damaged"
            ) from error
        if width * height > self.max_image_pixels:
            raise too_large

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is not None:
            try:
                with Image.open(file) as picture:
                    picture.load()
                    frames = getattr(picture, "n_frames", 1)
                    # Phones keep several views of one photograph in one JPEG.
                    is_animated = frames > 1 and picture.format != "MPO"
            except (OSError, SyntaxError, ValueError) as error:
                raise ValidationError(
                    self.error_messages["damaged"], code="damaged"
                ) from error
            if is_animated:
                raise ValidationError(self.error_messages["animated"], code="animated")
            return self._cleaned(file)
        return file

    def _cleaned(self, file: Any) -> CleanedPicture:
        """Return the file without metadata: here, before a view opens a transaction."""
        cleaned = CleanedPicture.of(file, file.name)
        cleaned.image, cleaned.content_type = file.image, file.content_type
        return cleaned


class LinesField(forms.CharField):
    """Text in lines, each ended as the importer and the database have it.

    Browsers send two characters for a line's end, and would count against the length.
    """

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class ImageForm(BaseImageForm):
    """What staff, and the importer, must say about a picture."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            wagtails = self.fields["file"]
            self.fields["file"] = ImageFormField(
                label=wagtails.label,
                required=wagtails.required,
                widget=wagtails.widget,
            )

        if "long_description" in self.fields:
            wagtails = self.fields["long_description"]
            self.fields["long_description"] = LinesField(
                label=wagtails.label,
                required=False,
                max_length=wagtails.max_length,
                widget=wagtails.widget,
                help_text=wagtails.help_text,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        described = cleaned.get("description") or "description" in self.errors
        if not described and not cleaned.get("is_decorative"):
            self.add_error(
                "description",
                _(
                    "Please describe what the picture shows, or tick “decorative” "
                    "if it only decorates."
                ),
            )
        return cleaned
