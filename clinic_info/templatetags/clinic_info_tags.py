"""What every page shows of the clinic: its details and the ways through its pages."""

from django import template
from django.db.models import QuerySet
from django.template import Context
from wagtail.models import Page, Site

from clinic_info.details import ClinicDetails
from clinic_info.pages import StandardPage

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_details(context: Context) -> ClinicDetails:
    """Return the clinic's details, read once per request."""
    return ClinicDetails.load(request_or_site=context.get("request"))


@register.simple_tag(takes_context=True)
def home_page(context: Context) -> Page:
    """Return the home page of the site."""
    return Site.find_for_request(context["request"]).root_page


@register.simple_tag(takes_context=True)
def menu_pages(context: Context) -> QuerySet[Page]:
    """Return the pages of the main menu, in the order of the page tree."""
    return home_page(context).get_children().live().in_menu().public()


@register.simple_tag
def footer_pages() -> QuerySet[StandardPage]:
    """Return the pages that every page's foot links to, in the order of the tree."""
    pages = StandardPage.objects.live().filter(show_in_footer=True).public()
    return pages.order_by("path")
