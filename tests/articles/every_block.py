"""Stored values for any block, made from the block itself.

A block type that is added later is covered without a word here; a kind of field that
nobody thought of raises.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"

# Makes the text of a field from the way to it, such as "section/picture/caption".
Words = Callable[[str], str]


def stored(block: blocks.Block, words: Words, image: int, path: str) -> Any:
    """Return a stored value of a block, with words in every field for text."""
    match block:
        case blocks.StreamBlock():
            return [
                {
                    "type": name,
                    "value": stored(child, words, image, f"{path}/{name}"),
                    "id": str(uuid4()),
                }
                for name, child in block.child_blocks.items()
            ]
        case blocks.StructBlock():
            return {
                name: stored(child, words, image, f"{path}/{name}")
                for name, child in block.child_blocks.items()
            }
        case blocks.ListBlock():
            return [
                {
                    "type": "item",
                    "value": stored(block.child_block, words, image, f"{path}/{place}"),
                    "id": str(uuid4()),
                }
                for place in (1, 2)
            ]
        case TypedTableBlock():
            return _table(block, words, image, path)
        case blocks.RichTextBlock():
            return f"<p>{words(path)}</p>"
        case blocks.CharBlock() | blocks.TextBlock():
            return "" if path.endswith("/anchor") else words(path)
        case blocks.URLBlock():
            return VIDEO
        case ImageChooserBlock():
            return image
        case blocks.BooleanBlock():
            return True
        case blocks.ChoiceBlock():
            return next(key for key, _label in block.field.choices if key)
    raise TypeError(f"no sample for {path}, a {type(block).__name__}")


def _table(block: TypedTableBlock, words: Words, image: int, path: str) -> Any:
    columns = list(block.child_blocks.items())
    return {
        "caption": words(f"{path}/caption"),
        "columns": [
            {"type": name, "heading": words(f"{path}/heading/{name}")}
            for name, _child in columns
        ],
        "rows": [
            {
                "values": [
                    stored(child, words, image, f"{path}/{row}/{name}")
                    for name, child in columns
                ]
            }
            for row in ("first", "second")
        ],
    }
