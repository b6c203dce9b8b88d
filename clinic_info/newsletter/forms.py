"""The form by which visitors ask for the newsletter."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic_info.newsletter.email_addresses import normalised
from clinic_info.newsletter.wordings import PRESENT, WORDINGS
from clinic_site.abuse.guarded_form import GuardedForm
from clinic_site.abuse.limits import Limit, TooManyError

HOUR = timedelta(hours=1)
LONGEST_PAGE = 150


def holds_secret(path: str) -> bool:
    """Tell whether a path may hold the token of a mail: it is stored and shown nowhere."""
    pages = ("newsletter_confirm", "newsletter_unsubscribe")
    return path.startswith(
        tuple(reverse(name, args=["token"]).removesuffix("token/") for name in pages)
    )


class SignUpForm(GuardedForm):
    """One field; what its button agrees to stands beside it."""

    purpose = "newsletter"
    # A waiting room is one address.
    per_address = Limit("newsletter address", 10, HOUR)
    per_network = Limit("newsletter network", 20, HOUR)
    # The breaker: beyond it no mail goes out, and staff are told.
    in_all = Limit("newsletter all", 200, HOUR)

    email = forms.CharField(
        label=_("Your email address"),
        max_length=254,
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": False}),
    )
    page = forms.CharField(widget=forms.HiddenInput, required=False)
    # The version that stood beside the button: a page may be older than the program.
    wording = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, now: datetime, page: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, now=now, **kwargs)
        self.initial |= {"page": page, "wording": PRESENT}
        self._stopped_by: Limit | None = None

    @property
    def is_flooded(self) -> bool:
        """Tell of a form that was not admitted whether the breaker stopped it."""
        return self._stopped_by == self.in_all

    def too_many_message(self, error: TooManyError) -> str:
        self._stopped_by = error.limit
        return super().too_many_message(error)

    def give_back(self, problem: str) -> None:
        super().give_back(problem)
        # What stands beside the button now, not what stood there when it was pressed.
        self.initial["wording"] = PRESENT

    def clean_email(self) -> str:
        return normalised(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("wording") not in WORDINGS:
            self.add_error(
                None, _("Please read what you agree to, and send this once more.")
            )
        # A form that comes back stands beside the present one.
        self.data = self.data.copy()
        self.data[self.add_prefix("wording")] = PRESENT
        return cleaned

    def clean_page(self) -> str:
        """Return the path of the page that showed the form, "" for what is none.

        It comes back in mails: nothing that could be a sentence or a link passes.
        """
        page: str = self.cleaned_data["page"][:LONGEST_PAGE]
        is_path = re.fullmatch(r"/(?!/)[\w/-]*", page) and not holds_secret(page)
        return page if is_path else ""
