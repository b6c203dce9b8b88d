"""What visitors agree to by pressing the button, in every version that was shown."""

from django.utils.translation import gettext_lazy as _

# The ledger and pages that were kept name them: none is changed or taken out. A new wording
# is a new entry at the end.
WORDINGS = {
    "2026-11": _(
        "New articles and news from the clinic, about once a month. "
        "You can unsubscribe at any time by a link in every issue."
    ),
}
PRESENT = next(reversed(WORDINGS))


def wording(version: str) -> str:
    """Return the text of a version, "" where none was shown."""
    return str(WORDINGS[version]) if version else ""
