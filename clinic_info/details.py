"""What the clinic is called, where it is and how it is reached."""

import re

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.fields import StreamField

from clinic_site.mail.messages import Letterhead


@register_setting(icon="home", order=10)
class ClinicDetails(BaseGenericSetting):
    """The clinic's name, address and ways to reach it, in one place for every page."""

    name = models.CharField(
        _("name"),
        max_length=120,
        default=_("Our clinic"),
        help_text=_(
            "The clinic's name as it stands at the door. "
            "For example: Linden Skin Clinic."
        ),
    )
    address = models.TextField(
        _("address"),
        blank=True,
        help_text=_("The postal address, one part per line, as on an envelope."),
    )
    phone = models.CharField(
        _("phone"),
        max_length=40,
        blank=True,
        validators=[
            RegexValidator(
                r"^\+?[\d\s()./-]{3,}\Z",
                _(
                    "Use digits, spaces, brackets and hyphens only, so that it can be dialled."
                ),
            )
        ],
        help_text=_("With area code, as you say it. For example: 01632 960 123."),
    )
    email = models.EmailField(
        _("email"),
        blank=True,
        help_text=_("Shown to everyone. For example: hello@clinic.example."),
    )
    booking_url = models.URLField(
        _("booking link"),
        blank=True,
        help_text=_(
            "Where appointments are booked. Left empty, pages ask to call instead. "
            "For example: https://booking.example/linden."
        ),
    )
    map_url = models.URLField(
        _("map link"),
        blank=True,
        help_text=_(
            "A map or route planner that opens when readers click. "
            "For example: https://www.openstreetmap.org/node/1."
        ),
    )
    emergency_line = models.CharField(
        _("emergency line"),
        max_length=200,
        blank=True,
        help_text=_(
            "What to do in an emergency, as one sentence. "
            "For example: In an emergency call 112 or 999."
        ),
    )
    social_links = StreamField(
        [
            (
                "link",
                blocks.StructBlock(
                    [
                        (
                            "name",
                            blocks.CharBlock(
                                max_length=40,
                                label=_("Name"),
                                help_text=_("For example: Mastodon."),
                            ),
                        ),
                        (
                            "url",
                            blocks.URLBlock(
                                label=_("Address"),
                                help_text=_(
                                    "For example: https://mastodon.example/@linden."
                                ),
                            ),
                        ),
                    ],
                    label=_("Link"),
                    icon="link",
                ),
            )
        ],
        verbose_name=_("social links"),
        blank=True,
        help_text=_("The clinic's pages elsewhere, named at the foot of every page."),
    )

    panels = [
        FieldPanel("name"),
        MultiFieldPanel(
            [FieldPanel("address"), FieldPanel("map_url")], heading=_("Where we are")
        ),
        MultiFieldPanel(
            [
                FieldPanel("phone"),
                FieldPanel("email"),
                FieldPanel("booking_url"),
                FieldPanel("emergency_line"),
            ],
            heading=_("How to reach us"),
        ),
        FieldPanel("social_links"),
    ]

    class Meta:
        verbose_name = _("Clinic")

    def __str__(self) -> str:
        return str(self.name)

    @property
    def phone_url(self) -> str:
        """Return the phone number as a link that dials it."""
        number = self.phone.strip()
        if number.startswith("+"):
            # "+44 (0)20": the zero is dialled only inside the country.
            number = number.replace("(0)", "")
        return "tel:" + re.sub(r"(?!^\+)\D", "", number)

    @property
    def address_lines(self) -> list[str]:
        return [line.strip() for line in self.address.splitlines() if line.strip()]


def letterhead() -> Letterhead:
    """Return whom mails are from: the clinic, by name and postal address."""
    details = ClinicDetails.load()
    # Its default is translated late.
    return Letterhead(name=str(details.name), address_lines=details.address_lines)
