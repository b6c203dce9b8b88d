"""The sample clinic: its details and its pages, all fictional."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from django.utils import timezone
from wagtail.models import Page

from articles.importing import building, markdown, pictures
from articles.importing.draft import ArticleDraft, RichText
from articles.importing.pictures import PictureStore
from articles.pages.article import ArticlePage
from articles.pages.base import SectionedPage
from clinic_info.details import ClinicDetails
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Dates, SpecialDays
from clinic_info.pages import ContactPage, HomePage, StandardPage
from clinic_site.clinic_day import clinic_day

FOLDER = Path(__file__).parent
FEATURED_ARTICLE = "how-micro-needling-works"
# Path of each page below home, parents first, its type, and where it is linked.
PAGES: list[tuple[str, type[SectionedPage], dict[str, bool]]] = [
    ("about", StandardPage, {"show_in_menus": True}),
    ("about/team", StandardPage, {}),
    ("contact", ContactPage, {"show_in_menus": True}),
    ("privacy", StandardPage, {"show_in_footer": True}),
    ("accessibility", StandardPage, {"show_in_footer": True}),
]


def load(report: Callable[[str], object]) -> None:
    """Fill in the clinic's details and build its pages.

    Safe to run again after an interruption. `report` takes a line for each step.
    """
    details = ClinicDetails.load()
    for name, value in DETAILS.items():
        setattr(details, name, value)
    details.save()
    _enter_hours(clinic_day(timezone.now()))
    home = HomePage.objects.get()
    _fill_home(home)
    for path, model, places in PAGES:
        parent, slug = _place(home, path)
        if not parent.get_children().filter(slug=slug).exists():
            report(f"Sample page: {slug}")
            _add_page(parent, slug, model, places)


DETAILS = {
    "name": "Linden Skin Clinic",
    "address": "14 Linden Row\nEastbrook\nEB1 4LR",
    "phone": "01632 960 123",
    "email": "hello@linden.example",
    "emergency_line": "In an emergency call 112 or 999.",
}


def _enter_hours(today: date) -> None:
    """Enter the week and, as an example, a morning of training in ten days or so."""
    hours = OpeningHours.load()
    if hours.week is not None:
        return
    nine_to_six, saturday = (Period(9 * 60, 18 * 60),), (Period(11 * 60, 15 * 60),)
    hours.week = (*[nine_to_six] * 5, saturday, ())
    # A Wednesday, whatever the day of installation.
    wednesday = today + timedelta(days=7 + (2 - today.weekday()) % 7)
    afternoon = (Period(13 * 60, 18 * 60),)
    training = SpecialDays(Dates(wednesday, wednesday), afternoon, "Staff training")
    hours.special_days = (training,)
    hours.save()


def _fill_home(home: HomePage) -> None:
    draft = _read("home")
    if draft.hero and home.picture is None:
        home.picture = PictureStore(pictures.check(draft)).image(draft.hero)
    home.title = home.draft_title = draft.title
    home.welcome = draft.standfirst
    home.introduction = "".join(
        block.html
        for section in draft.sections
        for block in section.blocks
        if isinstance(block, RichText)
    )
    home.featured_article = ArticlePage.objects.filter(slug=FEATURED_ARTICLE).first()
    home.save_revision().publish()


def _place(home: HomePage, path: str) -> tuple[Page, str]:
    """Return the parent of a page with this path below home, and its slug."""
    above, _separator, slug = path.rpartition("/")
    parent = Page.objects.get(url_path=f"{home.url_path}{above}/") if above else home
    return parent, slug


def _add_page(
    parent: Page, slug: str, model: type[SectionedPage], places: dict[str, bool]
) -> None:
    draft = _read(slug)
    store = PictureStore(pictures.check(draft))
    page = model(
        title=draft.title,
        slug=slug,
        standfirst=draft.standfirst,
        body=building.body(draft, store.image),
        live=False,
        **places,
    )
    parent.add_child(instance=page)
    page.save_revision().publish()


def _read(name: str) -> ArticleDraft:
    return markdown.read(
        FOLDER / f"{name}.md", time_zone=timezone.get_default_timezone()
    )
