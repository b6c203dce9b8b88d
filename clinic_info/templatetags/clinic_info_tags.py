"""What every page shows of the clinic: its details and the ways through its pages."""

from datetime import timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.models import Page

from clinic_info.details import ClinicDetails
from clinic_info.frame import Frame, PageLink, frame
from clinic_info.newsletter.forms import SignUpForm, holds_secret
from clinic_info.newsletter.wordings import PRESENT, wording
from clinic_info.notices.models import Notice
from clinic_info.opening_hours import structured_data
from clinic_info.opening_hours.showing import ShownHours, script_json
from clinic_info.opening_hours.wording import Said
from clinic_site.caching import fresh_until

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
    """Show the form by which readers subscribe, but not beside a secret link."""
    request = context.get("request")
    if request and holds_secret(request.path):
        return {"form": None}
    form = SignUpForm(
        now=timezone.now(),
        page=request.path if request else "",
        # A page may have the form in its content too.
        auto_id="footer:%s",
    )
    return {"form": form.on_page(request), "wording": wording(PRESENT)}


@register.simple_tag
def aria_current(link: PageLink, page: object) -> str:
    """Return the value of `aria-current` for a link on a page, "" if it leads elsewhere."""
    if not isinstance(page, Page):
        return ""
    if link.pk == page.pk:
        return "page"
    return "true" if page.path.startswith(link.path) else ""


@register.simple_tag(takes_context=True)
def shown_hours(context: Context, frame: Frame) -> ShownHours:
    """Return the opening hours as of now, and until when the page is true."""
    shown = frame.hours.shown(timezone.now())
    if shown.turns_at:
        fresh_until(context["request"], shown.turns_at)
    return shown


@register.simple_tag(takes_context=True)
def shown_notices(context: Context, frame: Frame) -> list[Notice]:
    """Return the notices of now, and until when the page is true."""
    if "notices" in context:
        # A preview brings its own.
        return list(context["notices"])
    now = timezone.now()
    for notice in frame.notices:
        for moment in (notice.starts_at, notice.ends_at):
            if moment > now:
                fresh_until(context["request"], moment)
    return [notice for notice in frame.notices if notice.is_shown(now)]


@register.simple_tag(takes_context=True)
def medical_clinic(context: Context, frame: Frame) -> SafeString:
    """Return the clinic as JSON for machines; it tells of days from today."""
    now = timezone.now()
    schedule = frame.hours.schedule(now)
    tomorrow = schedule.local(now).date() + timedelta(days=1)
    fresh_until(context["request"], schedule.moment(tomorrow))
    return script_json(structured_data.medical_clinic(frame.clinic, schedule, now))


@register.filter
def said(text: Said) -> str:
    """Show a text as it is drawn, and for those who listen as it is read."""
    if text.drawn == text.read:
        return text.drawn
    return format_html(
        '<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>',
        text.drawn,
        text.read,
    )
