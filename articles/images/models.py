"""Pictures and what must be said about them."""

from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    WagtailImageField,
    WagtailImageFieldFile,
    get_upload_to,
)

from articles.images.uploads import without_metadata


class CleanedPicture(ContentFile):
    """A picture file that holds nothing but the picture."""

    @classmethod
    def of(cls, file: IO[bytes], name: str) -> "CleanedPicture":
        """Clean a file. Raises OSError when it is no complete picture."""
        return cls(without_metadata(file), name=name)


class CleanImageFieldFile(WagtailImageFieldFile):
    """A stored picture. Every way into the store comes through `save`."""

    def save(self, name: str, content: IO[bytes], save: bool = True) -> None:
        if not isinstance(content, CleanedPicture):
            content = CleanedPicture.of(content, name)
        super().save(name, content, save)


class CleanImageField(WagtailImageField):
    """An image field whose files carry nothing but the picture."""

    attr_class = CleanImageFieldFile


class CustomImage(AbstractImage):
    """A picture with what must be said about it."""

    file = CleanImageField(
        verbose_name=_("file"),
        upload_to=get_upload_to,
        width_field="width",
        height_field="height",
    )
    description = models.CharField(
        _("description"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "What the picture shows, for people who cannot see it. "
            "For example: A section of skin with a needle reaching the dermis."
        ),
    )
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_(
            "Tick this if the picture only decorates. Screen readers then leave it out."
        ),
    )
    long_description = models.TextField(
        _("long description"),
        max_length=3000,
        blank=True,
        help_text=_(
            "For a drawing or chart that teaches: all that it shows, in paragraphs. "
            "Readers unfold it below the picture. Left empty, there is nothing to unfold. "
            "For example: From top to bottom the drawing shows three layers."
        ),
    )
    credit = models.CharField(
        _("credit"),
        max_length=255,
        blank=True,
        help_text=_("Who made the picture. For example: Linden Skin Clinic."),
    )
    licence = models.CharField(
        _("licence"),
        max_length=120,
        blank=True,
        help_text=_("Under which terms we may show it. For example: CC BY 4.0."),
    )

    admin_form_fields = (
        "title",
        "file",
        "description",
        "is_decorative",
        "long_description",
        "credit",
        "licence",
        "collection",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")
        # Wagtail's own permission to pick a picture without changing it.
        permissions = [("choose_image", "Can choose image")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.file and not self.file._committed:
            # What is stored may be turned and is smaller: size and hash are of that file,
            # so it is written before they are.
            self.file.save(self.file.name, self.file.file, save=False)
            self._set_image_file_metadata()
        super().save(*args, **kwargs)

    @property
    def default_alt_text(self) -> str:
        return "" if self.is_decorative else self.description


class CustomRendition(AbstractRendition):
    """A size of a picture."""

    image = models.ForeignKey(
        CustomImage, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="articles_rendition_unique",
            )
        ]
