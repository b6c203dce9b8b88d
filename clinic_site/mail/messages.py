"""Building a mail: templates, the clinic's letterhead around them, safe headers."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils.module_loading import import_string

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Letterhead:
    """Whom the site's mails are from: a name, and the lines of a postal address."""

    name: str
    address_lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Message:
    """What a mail says, to whomever it goes. Headers are those beside the usual ones."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def letterhead() -> Letterhead:
    """Return the clinic's letterhead, by the function that MAIL_LETTERHEAD names."""
    made: Letterhead = import_string(settings.MAIL_LETTERHEAD)()
    return made


def render(
    template: str, context: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Message:
    """Build a message from `<template>.subject.txt`, `.txt` and `.html`.

    The latter two extend the frames in `clinic_site/emails/`; `letterhead` is in every
    context. Nothing is escaped in text.
    """
    values = {**context, "letterhead": letterhead()}
    # A backend's template escapes everything; the engine's own can be told not to.
    subject, text = (
        get_template(f"{template}.{part}").template for part in ("subject.txt", "txt")
    )
    plain = Context(values, autoescape=False)
    html = get_template(f"{template}.html").render(values)
    return Message(
        subject=one_line(subject.render(plain)),
        text=tidy_text(text.render(plain)),
        html=_inliner().inline(html),
        headers=headers or {},
    )


def build(
    message: Message, *, recipient: str, name: str, sender: str | None = None
) -> EmailMultiAlternatives:
    """Return a mail that is ready for `MailServer.deliver`; it sends nothing.

    `name` tells the mail apart from every other and gives it its Message-ID. Who builds
    many asks for `default_sender()` once. Raises ValueError for headers of more than one line.
    """
    headers = {
        "Auto-Submitted": "auto-generated",
        **message.headers,
        "Message-ID": message_id(name),
    }
    for header, value in headers.items():
        if _CONTROL.search(value):
            raise ValueError(f"more than one line in {header}")
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=message.text,
        from_email=sender or default_sender(),
        to=[recipient],
        headers=headers,
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def message_id(name: str) -> str:
    """Return the Message-ID of a mail: the same whenever it is tried, and no guide to `name`."""
    digest = hmac.digest(settings.PRIVACY_KEY.encode(), name.encode(), "sha256")
    return f"<{digest.hex()[:32]}@{urlsplit(settings.SITE_URL).hostname}>"


def one_line(text: str) -> str:
    """Return a text as it may stand in a header: one line without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def tidy_text(text: str) -> str:
    """Return a text part without the empty lines that templates leave behind."""
    lines = (line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def default_sender() -> str:
    """Return the sender: DEFAULT_FROM_EMAIL under the clinic's name, unless it has one."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or one_line(letterhead().name), address))


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # What stands in no style attribute, such as the dark colours, stays in the head.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
