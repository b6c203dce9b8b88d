"""Blocks that are read."""

from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

INLINE_FEATURES = ["bold", "italic", "link", "superscript", "subscript"]
TEXT_FEATURES = ["h3", *INLINE_FEATURES, "ol", "ul", "document-link"]
BOX_FEATURES = [*INLINE_FEATURES, "ol", "ul"]


class QuoteBlock(blocks.StructBlock):
    """Somebody's words."""

    text = blocks.TextBlock(
        label=_("Quotation"),
        help_text=_("The words themselves, without quotation marks."),
    )
    attribution = blocks.CharBlock(
        required=False,
        max_length=160,
        label=_("Source"),
        help_text=_("Who said it and where. For example: Our aftercare leaflet."),
    )

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        template = "articles/blocks/quote.html"
        preview_value = {
            "text": "Keep the treated skin clean, dry and out of the sun.",
            "attribution": "Our aftercare leaflet",
        }
        description = _("Words of somebody else, with their source.")


class TableBlock(blocks.StructBlock):
    """Rows and columns of short texts, with a caption."""

    first_column_is_heading = blocks.BooleanBlock(
        required=False,
        default=True,
        label=_("First column names the rows"),
        help_text=_(
            "Leave this ticked if each row is about what its first cell names."
        ),
    )
    table = TypedTableBlock(
        [
            (
                "text",
                blocks.RichTextBlock(
                    features=INLINE_FEATURES, required=False, label=_("Text")
                ),
            ),
            (
                "number",
                blocks.CharBlock(required=False, label=_("Figure"), max_length=40),
            ),
        ],
        label=_("Table"),
        help_text=_(
            "Give every column a heading, and the table a caption that says what it "
            "shows. For example: How long the skin needs after each treatment."
        ),
    )

    class Meta:
        icon = "table"
        label = _("Table")
        template = "articles/blocks/table.html"
        preview_value = {
            "first_column_is_heading": True,
            "table": {
                "caption": "The layers of the skin",
                "columns": [
                    {"type": "text", "heading": "Layer"},
                    {"type": "text", "heading": "What it does"},
                ],
                "rows": [
                    {"values": ["<p>Epidermis</p>", "<p>Keeps water in</p>"]},
                    {"values": ["<p>Dermis</p>", "<p>Gives strength</p>"]},
                ],
            },
        }
        description = _("Facts in rows and columns, for comparing.")

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        table = value.get("table")
        # An editor who added a row too many has said nothing by it.
        context["rows"] = [
            row
            for row in (table.rows if table else ())
            if any(strip_tags(str(cell.value or "")).strip() for cell in row)
        ]
        return context


class CalloutBlock(blocks.StructBlock):
    """A box apart from the text that says how urgent it is."""

    URGENCIES = [
        ("good_to_know", _("Good to know")),
        ("see_a_clinician", _("See a clinician")),
        ("emergency", _("Emergency")),
    ]

    urgency = blocks.ChoiceBlock(
        choices=URGENCIES,
        default="good_to_know",
        label=_("Urgency"),
        search_index=False,
        help_text=_(
            "Emergency is for what needs an ambulance; "
            "“See a clinician” is for what should be looked at within days."
        ),
    )
    title = blocks.CharBlock(
        required=False,
        max_length=120,
        label=_("Title"),
        help_text=_(
            "A few words instead of the urgency's own name. "
            "For example: When to call us."
        ),
    )
    text = blocks.RichTextBlock(features=BOX_FEATURES, label=_("Text"))

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "articles/blocks/callout.html"
        preview_value = {
            "urgency": "see_a_clinician",
            "title": "When to call us",
            "text": "<p>Call us if the redness spreads after the third day.</p>",
        }
        description = _("A box for advice that must not be missed.")


class KeyPointsBlock(blocks.StructBlock):
    """The article in a few sentences."""

    title = blocks.CharBlock(default=_("Key points"), max_length=120, label=_("Title"))
    points = blocks.ListBlock(
        blocks.RichTextBlock(features=INLINE_FEATURES, label=_("Point")),
        label=_("Points"),
        help_text=_("Three to five sentences that make sense on their own."),
    )

    class Meta:
        icon = "list-ul"
        label = _("Key points")
        template = "articles/blocks/key_points.html"
        preview_value = {
            "title": "Key points",
            "points": ["<p>The skin heals by itself.</p>", "<p>Sun slows it.</p>"],
        }
        description = _("What a reader in a hurry should take away.")


class QuestionBlock(blocks.StructBlock):
    """A question that patients ask, and its answer."""

    question = blocks.CharBlock(
        max_length=200,
        label=_("Question"),
        help_text=_("As a patient would ask it. For example: Does it hurt?"),
    )
    answer = blocks.RichTextBlock(features=BOX_FEATURES, label=_("Answer"))

    class Meta:
        icon = "help"
        label = _("Question and answer")
        template = "articles/blocks/question.html"
        preview_value = {
            "question": "Does it hurt?",
            "answer": "<p>Most people feel a scratch. A cream numbs the skin.</p>",
        }
        description = _("One question with its answer.")


class StepsBlock(blocks.StructBlock):
    """Things to do, in order."""

    title = blocks.CharBlock(
        required=False,
        max_length=120,
        label=_("Title"),
        help_text=_("What the steps lead to. For example: Caring for the skin."),
    )
    steps = blocks.ListBlock(
        blocks.RichTextBlock(features=BOX_FEATURES, label=_("Step")),
        label=_("Steps"),
    )

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "articles/blocks/steps.html"
        preview_value = {
            "title": "Caring for the skin",
            "steps": ["<p>Wash with lukewarm water.</p>", "<p>Pat it dry.</p>"],
        }
        description = _("Numbered steps to follow.")
