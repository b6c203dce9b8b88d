"""What pages ask of the request without touching the session."""

from django import template
from django.conf import settings
from django.template import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def has_session(context: Context) -> bool:
    """Tell whether the request came with a session cookie.

    Readers have none, and their pages must not look for a user: that would make every
    answer depend on the cookie, and no cache could keep it.
    """
    request = context.get("request")
    return request is not None and settings.SESSION_COOKIE_NAME in request.COOKIES
