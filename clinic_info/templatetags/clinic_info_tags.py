"""What every page shows of the clinic: its details and the ways through its pages."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from wagtail.models import Page

from clinic_info.details import ClinicDetails
from clinic_info.frame import Frame, PageLink, frame
from clinic_info.newsletter.forms import SignUpForm
from clinic_info.newsletter.subscriptions import WORDING

register = template.Library()


@register.simple_tag
def clinic_details() -> ClinicDetails:
    """Return the clinic's details, for pages without a frame."""
    return ClinicDetails.load()


@register.simple_tag(takes_context=True)
def page_frame(context: Context) -> Frame:
    """Return what stands around every page."""
    return frame(context["request"])


@register.inclusion_tag("clinic_info/newsletter/footer_form.html", takes_context=True)
def newsletter_form(context: Context) -> dict[str, Any]:
    """Show the form by which readers subscribe."""
    request = context.get("request")
    form = SignUpForm(
        now=timezone.now(),
        page=request.path if request else "",
        # A page may have the form in its content too.
        auto_id="id_footer_%s",
    )
    return {"form": form, "wording": WORDING}


@register.simple_tag
def aria_current(link: PageLink, page: object) -> str:
    """Return the value of `aria-current` for a link on a page, "" if it leads elsewhere."""
    if not isinstance(page, Page):
        return ""
    if link.pk == page.pk:
        return "page"
    return "true" if page.path.startswith(link.path) else ""
