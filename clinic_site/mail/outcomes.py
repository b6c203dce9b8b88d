"""What became of a mail, in words for staff."""

import re

from django.utils.translation import gettext as _


def explained(outcome: str) -> str:
    """Return a stored outcome as a sentence, with the server's codes for who knows them."""
    known = {
        "worker died": _("The sending program stopped in the middle of it."),
        "machine died": _("The computer stopped in the middle of it."),
        "not an address": _("Mail servers do not understand this address."),
        "cancelled": _("The issue was cancelled before."),
        "unreachable": _("The mail server cannot be reached."),
    }
    if outcome in known:
        return known[outcome]
    said = re.fullmatch(r"(\w+)(?:: no answer| (\d{3}.*))", outcome)
    if re.fullmatch(r"\w+(Error|Exception)", outcome):
        return _("The site could not write this mail (%(error)s).") % {"error": outcome}
    if said is None:
        return outcome
    stage, codes = said.groups()
    if codes is None:
        return _("The mail server did not answer.")
    reasons = {
        "connection": _("The mail server refused the connection"),
        "sender": _("The mail server refused our own address"),
        "recipient": _("The mail server refused the address"),
        "content": _("The mail server refused the mail"),
    }
    if stage not in reasons:
        return outcome
    return _("%(reason)s (%(codes)s).") % {"reason": reasons[stage], "codes": codes}
