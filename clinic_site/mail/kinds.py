"""The kinds of mail that the apps have: MAIL_KINDS gives each the function that builds it."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from clinic_site.mail.messages import Message

# From the reference and the recipient, when the mail is sent; None: it is no longer needed.
Kind = Callable[[str, str], Message | None]


def kind(name: str) -> Kind:
    """Return the function that builds mails of a kind. Raises LookupError for no kind."""
    path: str = settings.MAIL_KINDS[name]
    function: Kind = import_string(path)
    return function
