"""Email addresses: one spelling of each, and what recognises them without storing them."""

import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

LONGEST = 254
# Here dots in the local part make no difference.
DOTLESS = {"gmail.com", "googlemail.com"}
# Django lets "localhost" pass; with literals it would have mail sent into our own network.
public_address = EmailValidator(allowlist=[])


def normalised(address: str) -> str:
    """Return an address in the one spelling that is stored: lower case, ASCII.

    Raises ValidationError for what is no address that every mail server understands.
    """
    wrong = ValidationError(
        _("Enter an email address, such as name@example.org."), code="invalid"
    )
    local, _at, domain = address.strip().rpartition("@")
    # Checked before: the sign for kelvin would become a "k".
    if not local.isascii() or '"' in local or domain.startswith("["):
        raise wrong
    try:
        spelled = f"{local}@{domain.encode('idna').decode()}".lower()
    except UnicodeError:
        raise wrong from None
    if len(spelled) > LONGEST:
        raise wrong
    try:
        public_address(spelled)
    except ValidationError:
        raise wrong from None
    return spelled


def mailbox(address: str) -> str:
    """Return what addresses have in common that reach the same person: no tag, no dots.

    For limits on mails only: who somebody is, the address says.
    """
    local, _at, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in DOTLESS:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def address_hash(address: str) -> bytes:
    """Return 32 bytes that recognise a normalised address; without PRIVACY_KEY they are noise."""
    text = f"newsletter suppression:{address}"
    return hmac.digest(settings.PRIVACY_KEY.encode(), text.encode(), "sha256")
