"""The blocks that articles and the clinic's pages are written in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

from articles.images.sizes import PictureUse
from articles.videos import embed_address

INLINE_FEATURES = ["bold", "italic", "link", "superscript", "subscript"]
TEXT_FEATURES = ["h3", *INLINE_FEATURES, "ol", "ul", "document-link"]
BOX_FEATURES = [*INLINE_FEATURES, "ol", "ul"]


class PictureBlock(blocks.StructBlock):
    """One picture with what stands below it."""

    image = ImageChooserBlock(
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

    before = ImageChooserBlock(
        label=_("Before"), help_text=_("The picture taken before the treatment.")
    )
    after = ImageChooserBlock(
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

    title = blocks.CharBlock(
        default=_("Key points"), max_length=120, label=_("Title"), search_index=False
    )
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
    poster = ImageChooserBlock(
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


class BodyBlock(blocks.StreamBlock):
    """A page as a row of sections."""

    section = SectionBlock()

    def clean(self, value: Any) -> Any:
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
