"""What pages ask of the request without touching the session."""

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static

from clinic_site import stylesheets as styles
from clinic_site.addresses import absolute_url

register = template.Library()


@register.simple_tag
def absolute_static(name: str) -> str:
    """Return the full address of a static file, for those who read pages elsewhere."""
    return absolute_url(static(name))


@register.simple_tag
def stylesheets() -> list[str]:
    """Return the static files that every page links as stylesheets."""
    return styles.links()


@register.simple_tag(takes_context=True)
def has_session(context: Context) -> bool:
    """Tell whether the request came with a session cookie.

    Readers have none, and their pages must not look for a user: that would make every
    answer depend on the cookie, and no cache could keep it.
    """
    request = context.get("request")
    return request is not None and settings.SESSION_COOKIE_NAME in request.COOKIES
