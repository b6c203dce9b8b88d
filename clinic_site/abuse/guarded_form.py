"""What every form has that anyone may send: stamp, trap and limits."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Self

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic_site.abuse import limits, refusals, stamps
from clinic_site.kept_pages import shown_or_gap

REASONS = {
    stamps.TooFastError: "too_fast",
    stamps.TooOldError: "too_old",
    stamps.ForgedError: "forged",
}


class TrapField(forms.CharField):
    """A field that readers do not see; robots fill in what is called like one of theirs."""

    is_trap = True
    # The further attributes keep password managers from filling it in for a reader.
    widget = forms.TextInput(
        attrs={
            "autocomplete": "off",
            "tabindex": "-1",
            "data-1p-ignore": "",
            "data-bwignore": "",
            "data-lpignore": "true",
            "data-form-type": "other",
        }
    )


class GuardedForm(forms.Form):
    """A public form without a session, from the cheapest question to the dearest.

    Ask `is_trapped`, `has_room()`, `has_good_stamp()`, `is_valid()`, then `admit()`. `about` is what the form belongs to, such as an article's id: its stamp serves for that
    only. `address` is the client's, needed once the form has been sent.
    """

    # What stamps, limits and refusals of this form are known by.
    purpose: ClassVar[str]
    per_address: ClassVar[limits.Limit | None] = None
    per_network: ClassVar[limits.Limit | None] = None
    in_all: ClassVar[limits.Limit | None] = None

    stamp = forms.CharField(widget=forms.HiddenInput, required=False)
    website = TrapField(label=_("Leave this field empty"), required=False)

    def __init__(
        self,
        *args: Any,
        now: datetime,
        about: str = "",
        address: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self._address = address
        self._stamped_for = f"{self.purpose}:{about}"
        # Why the form was given back unchecked.
        self.problem = ""
        self.initial["stamp"] = stamps.make(self._stamped_for, now)
        # After the fields that a subclass adds.
        self.order_fields([name for name in self.fields if name != "website"])

    def on_page(self, request: HttpRequest | None) -> Self:
        """Return the form as it stands on a page that may be kept: with the time it is shown."""
        self.initial["stamp"] = shown_or_gap(
            request, stamps.make_all, self._stamped_for, self.initial["stamp"]
        )
        return self

    @property
    def is_trapped(self) -> bool:
        """Tell whether a robot filled this in: note it, and answer as if it had worked."""
        return bool(str(self.data.get(self.add_prefix("website"), "")).strip())

    def has_good_stamp(self) -> bool:
        """Tell whether the stamp will do; if not, give the form back."""
        try:
            stamps.check(self._sent_stamp, self._stamped_for, self._now)
        except stamps.StampError as error:
            self.note_refusal(REASONS[type(error)])
            self.give_back(_("Please send this once more: nothing is lost."))
            return False
        return True

    def give_back(self, problem: str) -> None:
        """Show what was typed, unchecked, and why nothing came of it."""
        self.problem = str(problem)
        self.is_bound = False
        typed = {name: self.data.get(self.add_prefix(name), "") for name in self.fields}
        self.initial |= typed | {"stamp": self._next_stamp()}

    @property
    def _sent_stamp(self) -> str:
        return str(self.data.get(self.add_prefix("stamp"), ""))

    def _next_stamp(self) -> str:
        """Return the stamp to send the form with once more.

        One that came too fast is good in a moment. Any other that is not would be refused
        again, and the form has been looked at for long enough.
        """
        try:
            stamps.check(self._sent_stamp, self._stamped_for, self._now)
        except stamps.TooFastError:
            pass
        except stamps.StampError:
            return stamps.make(self._stamped_for, self._now - stamps.SHORTEST)
        return self._sent_stamp

    def sender_uses(self) -> list[tuple[limits.Limit, str]]:
        """Return what sending this form uses up, whatever is in it, narrow limits first."""
        address, network = limits.address_and_network(self._address)
        all_of_them = [
            (self.per_address, address),
            (self.per_network, network),
            (self.in_all, limits.EVERYONE),
        ]
        return [(limit, subject) for limit, subject in all_of_them if limit]

    def uses(self) -> Iterable[tuple[limits.Limit, str]]:
        """Return what sending this valid form uses up.

        A subclass may put limits of its own first, such as one on the same text.
        """
        return self.sender_uses()

    def has_room(self) -> bool:
        """Tell whether the sender's limits leave room; if not, give the form back.

        It does not count: of two who send at once only `admit` knows who was first. Raises
        DatabaseError.
        """
        try:
            limits.check(self.sender_uses(), self._now)
        except limits.TooManyError as error:
            self.note_refusal(error.limit.name)
            self.give_back(self.too_many_message(error))
            return False
        return True

    def admit(self) -> bool:
        """Count a valid form against its limits; where one is used up, add an error.

        Raises DatabaseError if nothing can be counted.
        """
        try:
            limits.count(self.uses(), self._now)
        except limits.TooManyError as error:
            self.note_refusal(error.limit.name)
            self.add_error(None, self.too_many_message(error))
            return False
        return True

    def too_many_message(self, error: limits.TooManyError) -> str:
        """Return what to say where a limit is used up, with the time to wait."""
        minutes = max(1, ceil((error.until - self._now) / timedelta(minutes=1)))
        return ngettext(
            "Too many were sent in a short time. Please try again in %(minutes)d minute.",
            "Too many were sent in a short time. Please try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}

    def note_refusal(self, reason: str) -> None:
        """Log and tally why this form was refused, without what is in it."""
        refusals.note(self.purpose, reason, self._now)
