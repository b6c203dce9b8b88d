"""What a visitor is told after asking, confirming or leaving: a page each, all built alike."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Answer:
    """A page that says one thing, with one thing to do at most.

    A button sends its `wish` to the page's own address; `sign_up` is the text of a link to
    the form.
    """

    title: Any
    lead: Any
    text: Any = ""
    button: Any = ""
    wish: str = ""
    sign_up: Any = ""
    leads_home: bool = False

    def page(self, request: HttpRequest, status: int = 200) -> HttpResponse:
        return render(
            request,
            "clinic_info/newsletter/answer.html",
            {"answer": self},
            None,
            status,
        )


CHECK_INBOX = Answer(
    _("Check your inbox"),
    _(
        "We have sent you a mail with a link. Open it and press the button there: then you "
        "are subscribed."
    ),
    _(
        "It should arrive within 3 minutes. Please look in the spam folder too. One mail a "
        "day goes to each address: if you asked earlier today, use the link in the earlier "
        "one."
    ),
)
MAY_CONFIRM = Answer(
    _("Subscribe to our newsletter?"),
    _("One press of the button, and the next issue comes to your inbox."),
    button=_("Yes, subscribe"),
)
CONFIRMED = Answer(
    _("You are subscribed"),
    _("Welcome. The next issue comes to your inbox. A link in each one unsubscribes."),
    leads_home=True,
)
EXPIRED_LINK = Answer(
    _("This link has expired"),
    _("It was asked for too long ago. We gladly send you a new one."),
    button=_("Send a new link"),
)
UNKNOWN_LINK = Answer(
    _("This link does not work"),
    _("Perhaps it was not copied whole, or it is older than a month."),
    sign_up=_("Sign up once more"),
)
UNSUBSCRIBED = Answer(
    _("You are unsubscribed"),
    _("No further issue will be sent to you. Your address is deleted within a day."),
    _("Was it a mistake? Until then it can be undone."),
    button=_("Undo: stay subscribed"),
    wish="stay",
)
STAYS = Answer(
    _("You stay subscribed"),
    _("Nothing has changed. The next issue comes to your inbox."),
    leads_home=True,
)
TOO_LATE = Answer(
    _("This cannot be undone any more"),
    _("Your address is not stored any more. You are welcome to sign up again."),
    sign_up=_("Sign up again"),
)
DATA_SENT = Answer(
    _("Check your inbox"),
    _("What our newsletter stores about you is on its way to your address."),
    _("If nothing arrives, nothing is stored. It is sent once a day at most."),
)
ERASED = Answer(
    _("Your data is deleted"),
    _(
        "Our newsletter does not know your address any more. You are welcome to sign up "
        "again at any time."
    ),
    leads_home=True,
)
