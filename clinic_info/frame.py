"""What stands around every page: the clinic's details, its hours, the ways through its pages."""

from dataclasses import dataclass

from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page, Site

from articles.pages.visibility import for_readers
from clinic_info.details import ClinicDetails
from clinic_info.notices.models import Notice
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.showing import ClinicHours
from clinic_site import content_version


@dataclass(frozen=True)
class PageLink:
    """A page as menus name it; `path` is its place in the tree."""

    pk: int
    title: str
    url: str
    path: str


@dataclass(frozen=True)
class Frame:
    """The links of the main menu and of the foot are in the order of the tree."""

    clinic: ClinicDetails
    home: PageLink
    menu: tuple[PageLink, ...]
    footer: tuple[PageLink, ...]
    hours: ClinicHours
    # Those that are not over, shown already or not.
    notices: tuple[Notice, ...]


def frame(request: HttpRequest) -> Frame:
    """Return what stands around every page, read once per content version."""
    return content_version.kept(request, "frame", lambda: _read(request))


def _read(request: HttpRequest) -> Frame:
    home = Site.find_for_request(request).root_page
    in_footer = Q(standardpage__show_in_footer=True)
    in_menu = Q(show_in_menus=True, depth=home.depth + 1)
    pages = (
        for_readers(home.get_descendants())
        .filter(in_menu | in_footer)
        .annotate(in_footer=F("standardpage__show_in_footer"))
        .order_by("path")
    )

    def link(page: Page) -> PageLink:
        url = page.get_url(request) or "/"
        return PageLink(pk=page.pk, title=page.title, url=url, path=page.path)

    return Frame(
        clinic=ClinicDetails.load(request_or_site=request),
        home=link(home),
        menu=tuple(
            link(page)
            for page in pages
            if page.show_in_menus and page.depth == home.depth + 1
        ),
        footer=tuple(link(page) for page in pages if page.in_footer),
        hours=ClinicHours(OpeningHours.load()),
        notices=tuple(Notice.objects.not_over(timezone.now())),
    )
