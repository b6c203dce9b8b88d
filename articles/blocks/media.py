"""Blocks that show pictures and videos."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from articles.images.models import CustomImage
from articles.videos import embed_address

# Pictures by key while the blocks of one page are read.
_fetched: ContextVar[Mapping[int, CustomImage] | None] = ContextVar(
    "fetched_pictures", default=None
)


class PictureChooserBlock(ImageChooserBlock):
    """A chosen picture; `fetched_at_once` gets those of a whole page in one query."""

    def bulk_to_python(self, values: list[int | None]) -> list[CustomImage | None]:
        fetched = _fetched.get()
        if fetched is None:
            return super().bulk_to_python(values)
        return [copy(fetched[key]) if key in fetched else None for key in values]

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        _path, arguments, options = super().deconstruct()
        return "wagtail.images.blocks.ImageChooserBlock", arguments, options


@contextmanager
def fetched_at_once(raw_sections: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """Fetch the pictures of stored sections together while their blocks are read."""
    keys = {
        block["value"].get(name)
        for section in raw_sections
        for block in section["value"].get("content", ())
        if isinstance(block["value"], dict)
        for name in ("image", "before", "after", "poster")
    }
    token = _fetched.set(CustomImage.objects.in_bulk(keys - {None}))
    try:
        yield
    finally:
        _fetched.reset(token)


class PictureBlock(blocks.StructBlock):
    """One picture with what stands below it."""

    image = PictureChooserBlock(
        label=_("Picture"),
        help_text=_("Its description and credit are kept with the picture itself."),
    )
    caption = blocks.CharBlock(
        required=False,
        max_length=300,
        label=_("Caption"),
        help_text=_(
            "What readers should see in the picture, as a sentence. "
            "For example: The needle ends in the upper dermis."
        ),
    )

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "articles/blocks/picture.html"
        preview_value = {"caption": "The needle ends in the upper dermis."}
        description = _("A photograph or drawing with a caption.")


class PicturePairBlock(blocks.StructBlock):
    """Before and after, side by side, of a person who agreed to it."""

    before = PictureChooserBlock(
        label=_("Before"), help_text=_("The picture taken before the treatment.")
    )
    after = PictureChooserBlock(
        label=_("After"),
        help_text=_("The picture taken afterwards, in the same light and pose."),
    )
    caption = blocks.CharBlock(
        max_length=300,
        label=_("Caption"),
        help_text=_(
            "What was done and how much time lies between the pictures. "
            "For example: Before, and six months after three sessions."
        ),
    )
    consent = blocks.BooleanBlock(
        label=_("Consent"),
        help_text=_(
            "Tick this if the person shown has agreed in writing to publication and "
            "the agreement is in our files. Without it the pair cannot be published."
        ),
    )

    class Meta:
        icon = "image"
        label = _("Before and after")
        template = "articles/blocks/picture_pair.html"
        preview_value = {
            "caption": "Before, and six months after three sessions.",
            "consent": True,
        }
        description = _("Two pictures of one person, before and after a treatment.")


class VideoBlock(blocks.StructBlock):
    """A video elsewhere. Nothing is asked of its host before the reader clicks."""

    title = blocks.CharBlock(
        max_length=160,
        label=_("Title"),
        help_text=_("What the video shows. For example: How to apply sunscreen."),
    )
    url = blocks.URLBlock(
        label=_("Address"),
        help_text=_(
            "The video's page on YouTube or Vimeo. "
            "For example: https://www.youtube.com/watch?v=aqz-KE-bpKQ."
        ),
    )
    poster = PictureChooserBlock(
        required=False,
        label=_("Still picture"),
        help_text=_("Shown until the video is started."),
    )
    summary = blocks.TextBlock(
        required=False,
        label=_("Summary"),
        help_text=_(
            "What is said and shown, for people who cannot watch it or would rather "
            "read."
        ),
    )

    class Meta:
        icon = "media"
        label = _("Video")
        template = "articles/blocks/video.html"
        preview_value = {
            "title": "How to apply sunscreen",
            "url": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
            "summary": "A nurse shows how much to use and where it is forgotten.",
        }
        description = _("A video that loads only when a reader starts it.")

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value["url"] and embed_address(value["url"]) is None:
            raise blocks.StructBlockValidationError(
                {"url": ValidationError(_("Use a video's page on YouTube or Vimeo."))}
            )
        return value

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["embed_address"] = embed_address(value["url"])
        return context
