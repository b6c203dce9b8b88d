"""The formats and sizes in which readers get pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db import models
from wagtail.images.models import AbstractRendition, Filter
from wagtail.images.shortcuts import get_renditions_or_not_found

from articles.images.models import CustomImage, CustomRendition


@dataclass(frozen=True)
class PictureSize:
    """How a picture is offered in one kind of place.

    `steps` are Wagtail's resize operations from small to large; `layout` is the value
    of the `sizes` attribute.
    """

    steps: tuple[str, ...]
    layout: str
    formats: tuple[str, ...] = ("avif", "webp", "jpeg")

    def specs(self) -> list[str]:
        """Return every filter specification that this size may ask for."""
        return [
            self._spec(step, file_format)
            for file_format in self.formats
            for step in self.steps
        ]

    def specs_for(self, image: CustomImage, file_format: str) -> list[str]:
        """Return the specifications that differ for this picture: none is enlarged."""
        wanted = []
        for step in self.steps:
            wanted.append(self._spec(step, file_format))
            width, _separator, height = step.partition("-")[2].partition("x")
            if int(width) >= image.width or int(height or 0) >= image.height:
                break
        return wanted

    @staticmethod
    def _spec(step: str, file_format: str) -> str:
        # JPEG knows no transparency: without a ground it would turn black.
        ground = "|bgcolor-ffffff" if file_format == "jpeg" else ""
        return f"{step}{ground}|format-{file_format}"


PICTURE_SIZES = {
    "hero": PictureSize(
        steps=("width-480", "width-960", "width-1440", "width-1920"),
        layout="(min-width: 64rem) 55vw, 100vw",
    ),
    "figure": PictureSize(
        steps=("width-400", "width-800", "width-1200"),
        layout="(min-width: 48rem) 42rem, 100vw",
    ),
    "pair": PictureSize(
        steps=("fill-320x320", "fill-640x640"),
        layout="(min-width: 48rem) 20rem, 50vw",
    ),
    "poster": PictureSize(
        steps=("fill-480x270", "fill-960x540"),
        layout="(min-width: 48rem) 42rem, 100vw",
    ),
    "teaser": PictureSize(
        # Whole: what a drawing says must not be cut off.
        steps=("width-240", "width-480"),
        layout="11rem",
    ),
    "portrait": PictureSize(
        steps=("fill-96x96", "fill-192x192"), layout="4rem", formats=("webp", "jpeg")
    ),
    "social": PictureSize(steps=("fill-1200x630",), layout="100vw", formats=("jpeg",)),
}

# A picture and the name of a size in PICTURE_SIZES.
PictureUse = tuple[CustomImage, str]


@dataclass(frozen=True)
class OfferedPicture:
    """A picture in every format and size of one place, best format first."""

    sources: list[tuple[str, list[AbstractRendition]]]
    fallback: AbstractRendition
    layout: str


def offer(image: CustomImage, size_name: str) -> OfferedPicture:
    """Return a picture in the given size, encoding what is not there yet."""
    size = PICTURE_SIZES[size_name]
    wanted = {name: size.specs_for(image, name) for name in size.formats}
    specs = [spec for specs in wanted.values() for spec in specs]
    # A file lost from the disk costs its picture, not the page.
    made = get_renditions_or_not_found(image, [_filter(spec) for spec in specs])
    by_format = [
        (name, [made[spec] for spec in specs]) for name, specs in wanted.items()
    ]
    return OfferedPicture(
        sources=by_format[:-1], fallback=by_format[-1][1][-1], layout=size.layout
    )


@lru_cache(maxsize=200)
def _filter(spec: str) -> Filter:
    # It takes a specification apart once.
    return Filter(spec)


def prefetch_renditions(uses: Iterable[PictureUse]) -> None:
    """Fetch the renditions of all given pictures in one query, however many they are."""
    uses = list(uses)
    specs = {spec for _image, name in uses for spec in PICTURE_SIZES[name].specs()}
    models.prefetch_related_objects(
        [image for image, _name in uses],
        models.Prefetch(
            "renditions",
            queryset=CustomRendition.objects.filter(filter_spec__in=specs),
            to_attr="prefetched_renditions",
        ),
    )
