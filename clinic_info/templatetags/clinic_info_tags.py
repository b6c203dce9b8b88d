"""What every page shows of the clinic: its details and the ways through its pages."""

from dataclasses import dataclass

from django import template
from django.db.models import F, Q
from django.template import Context
from wagtail.models import Page, Site

from articles.pages.visibility import for_readers
from clinic_info.details import ClinicDetails

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_details(context: Context) -> ClinicDetails:
    """Return the clinic's details, read once per request."""
    return ClinicDetails.load(request_or_site=context.get("request"))


@register.simple_tag(takes_context=True)
def home_page(context: Context) -> Page:
    """Return the home page of the site."""
    return Site.find_for_request(context["request"]).root_page


@dataclass(frozen=True)
class SitePages:
    """The pages that every page links to, each list in the order of the tree."""

    menu: list[Page]
    footer: list[Page]


@register.simple_tag(takes_context=True)
def site_pages(context: Context) -> SitePages:
    """Return the pages of the main menu and of the foot of every page.

    A page of the menu `is_around` the shown one when that stands below it in the tree.
    """
    home = home_page(context)
    in_footer = Q(standardpage__show_in_footer=True)
    in_menu = Q(show_in_menus=True, depth=home.depth + 1)
    pages = (
        for_readers(home.get_descendants())
        .filter(in_menu | in_footer)
        .annotate(in_footer=F("standardpage__show_in_footer"))
        .order_by("path")
    )
    menu = [p for p in pages if p.show_in_menus and p.depth == home.depth + 1]
    shown = context.get("page")
    for page in menu:
        page.is_around = isinstance(shown, Page) and shown.is_descendant_of(page)
    return SitePages(menu=menu, footer=[p for p in pages if p.in_footer])
