"""A page as a row of sections, and what a section can hold."""

from collections.abc import Iterator
from threading import RLock
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from articles.blocks.media import PictureBlock, PicturePairBlock, VideoBlock
from articles.blocks.text import (
    TEXT_FEATURES,
    CalloutBlock,
    KeyPointsBlock,
    QuestionBlock,
    QuoteBlock,
    StepsBlock,
    TableBlock,
)
from articles.images.sizes import PictureUse


class ContentBlock(blocks.StreamBlock):
    """What a section holds."""

    paragraph = blocks.RichTextBlock(
        features=TEXT_FEATURES,
        icon="pilcrow",
        label=_("Text"),
        template="articles/blocks/paragraph.html",
        preview_value=(
            "<p>The outer layer of the skin renews itself about once a month. "
            "Cells form at its base, move outwards and flake off unseen.</p>"
        ),
        description=_("Paragraphs, lists and inner headings."),
    )
    picture = PictureBlock()
    picture_pair = PicturePairBlock()
    quote = QuoteBlock()
    table = TableBlock()
    callout = CalloutBlock()
    key_points = KeyPointsBlock()
    question = QuestionBlock()
    video = VideoBlock()
    steps = StepsBlock()

    class Meta:
        required = False
        label = _("Content")


class SectionBlock(blocks.StructBlock):
    """A part of a page with a heading of its own."""

    heading = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("Heading"),
        help_text=_(
            "What the section is about. For example: Mechanism of action. "
            "Only the first section of a page may do without."
        ),
    )
    content = ContentBlock()
    anchor = blocks.CharBlock(
        required=False,
        max_length=100,
        label=_("Address of this section"),
        search_index=False,
        help_text=_(
            "The part after “#” in a link to this section. It is made from the heading "
            "and then stays, so that links go on working."
        ),
    )

    class Meta:
        icon = "title"
        label = _("Section")
        label_format = "{heading}"
        form_layout = blocks.BlockGroup(
            children=["heading", "content"], settings=["anchor"]
        )
        template = "articles/blocks/section.html"
        preview_value = {
            "heading": "Mechanism of action",
            "anchor": "mechanism-of-action",
            "content": [
                ("paragraph", "<p>Fine needles open channels that close in hours.</p>")
            ],
        }
        description = _("A heading and everything below it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Shown to staff, decided by the page.
        self.child_blocks["anchor"].field.widget.attrs["readonly"] = True


class InTurnStreamBlock(blocks.StreamBlock):
    """A stream that one thread at a time checks.

    To check a draft Wagtail makes the blocks' fields optional for a moment, and every
    request of the process shares the blocks: meanwhile another would publish anything.
    """

    _turn = RLock()

    def clean(self, value: Any) -> Any:
        with self._turn:
            return super().clean(value)

    def clean_deferred(self, value: Any) -> Any:
        with self._turn:
            return super().clean_deferred(value)


class BodyBlock(InTurnStreamBlock):
    """A page as a row of sections."""

    section = SectionBlock()

    def clean(self, value: Any) -> Any:
        with self._turn:
            value = super().clean(value)
            if self.is_deferred_validation:
                return value
        without_heading = [
            index
            for index, section in enumerate(value)
            if index > 0 and not section.value["heading"].strip()
        ]
        if without_heading:
            missing = ValidationError(_("Give this section a heading."))
            raise blocks.StreamBlockValidationError(
                block_errors={
                    index: blocks.StructBlockValidationError({"heading": missing})
                    for index in without_heading
                }
            )
        return value


def pictures_in(body: blocks.StreamValue) -> list[PictureUse]:
    """Return the pictures of a body in order, each with the size it is shown in."""
    uses: list[PictureUse] = []
    for section in body:
        for block in section.value["content"]:
            if block.block_type == "picture":
                uses.append((block.value["image"], "figure"))
            elif block.block_type == "picture_pair":
                uses.append((block.value["before"], "pair"))
                uses.append((block.value["after"], "pair"))
            elif block.block_type == "video":
                uses.append((block.value["poster"], "poster"))
    return [(image, size) for image, size in uses if image]


def texts_in(block: blocks.Block, value: Any) -> Iterator[str]:
    """Yield each text inside a block's value as HTML, in the order it is shown."""
    match block:
        case blocks.StreamBlock():
            for child in value:
                yield from texts_in(child.block, child.value)
        case blocks.StructBlock():
            for name, child_block in block.child_blocks.items():
                yield from texts_in(child_block, value.get(name))
        case blocks.ListBlock():
            for item in value or ():
                yield from texts_in(block.child_block, item)
        case TypedTableBlock():
            if value:
                yield escape(value.caption or "")
                yield from (escape(column["heading"] or "") for column in value.columns)
                for row in value.rows:
                    for cell in row:
                        yield from texts_in(cell.block, cell.value)
        case blocks.RichTextBlock():
            yield value.source if value else ""
        case blocks.CharBlock() | blocks.TextBlock():
            yield escape(value or "")
