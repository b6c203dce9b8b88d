"""The models of this app, each defined beside what it belongs to."""

from clinic_info.details import ClinicDetails
from clinic_info.newsletter.continuity import SendingMark
from clinic_info.newsletter.issues import Issue, RenderedIssue
from clinic_info.newsletter.models import (
    ConfirmToken,
    Consent,
    Delivery,
    Subscriber,
    Suppression,
)
from clinic_info.notices.models import Notice
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.pages import ContactPage, HomePage, StandardPage

__all__ = [
    "ClinicDetails",
    "ConfirmToken",
    "Consent",
    "ContactPage",
    "Delivery",
    "HomePage",
    "Issue",
    "Notice",
    "OpeningHours",
    "RenderedIssue",
    "SendingMark",
    "StandardPage",
    "Subscriber",
    "Suppression",
]
