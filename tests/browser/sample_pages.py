"""One page of every template, with every block, for looking at in a browser."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from articles.images.models import CustomImage
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails
from clinic_info.notices.models import Notice
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Dates, SpecialDays
from clinic_info.pages import ContactPage, HomePage, StandardPage
from tests import factories
from tests.factories import section

TEXT = (
    "<p>The outer layer of the skin renews itself about once a month.[^alster2018] Cells "
    "form at its base, move outwards and flake off unseen, as <a href='/articles/'>other "
    "articles</a> explain.</p><h3>In between</h3><ul><li>Water is kept in.</li>"
    "<li>Germs are kept out.</li></ul>"
)


@dataclass(frozen=True)
class SamplePages:
    home: HomePage
    index: ArticleIndexPage
    article: ArticlePage
    plain_article: ArticlePage
    standard: StandardPage
    contact: ContactPage

    def paths(self) -> dict[str, str]:
        """Return an address for each template, the 404 page among them."""
        return {
            "home": self.home.url,
            "list": self.index.url,
            "list by topic": f"{self.index.url}?topic=micro-needling",
            "article": self.article.url,
            "plain article": self.plain_article.url,
            "standard": self.standard.url,
            "contact": self.contact.url,
            "not found": "/nowhere/",
        }


def every_block(image: CustomImage) -> list[tuple[str, object]]:
    """Return a stored value of each type of block."""
    pair = {
        "before": image.pk,
        "after": image.pk,
        "caption": "Before, and six months after.",
        "consent": True,
    }
    table = {
        "caption": "The layers of the skin",
        "columns": [
            {"type": "text", "heading": "Layer"},
            {"type": "text", "heading": "What it does"},
            {"type": "number", "heading": "Millimetres"},
        ],
        "rows": [
            {"values": ["<p>Epidermis</p>", "<p>Keeps water in</p>", "0.1"]},
            {"values": ["<p>Dermis</p>", "<p>Gives strength</p>", "2"]},
        ],
    }
    callouts = [
        ("callout", {"urgency": urgency, "title": title, "text": "<p>Call us.</p>"})
        for urgency, title in [
            ("good_to_know", "Redness is normal"),
            ("see_a_clinician", "When it spreads"),
            ("emergency", ""),
        ]
    ]
    points = [
        {"type": "item", "value": f"<p>Point {number}.</p>", "id": f"p{number}"}
        for number in (1, 2, 3)
    ]
    return [
        ("paragraph", TEXT),
        ("picture", {"image": image.pk, "caption": "The needle ends in the dermis."}),
        ("picture_pair", pair),
        ("quote", {"text": "Keep it clean and dry.", "attribution": "Our leaflet"}),
        ("table", {"first_column_is_heading": True, "table": table}),
        *callouts,
        ("key_points", {"title": "Key points", "points": points}),
        ("question", {"question": "Does it hurt?", "answer": "<p>A little.</p>"}),
        (
            "video",
            {
                "title": "How to apply sunscreen",
                "url": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
                "poster": image.pk,
                "summary": "A nurse shows how much to use.",
            },
        ),
        ("steps", {"title": "Caring for the skin", "steps": points}),
    ]


def _enter_hours() -> None:
    """Enter a week, a special day and notices of each urgency, so that all are shown."""
    hours = OpeningHours.load()
    hours.week = (*[(Period(540, 1080),)] * 5, (Period(660, 900),), ())
    soon = timezone.localdate() + timedelta(days=3)
    morning = (Period(540, 720),)
    hours.special_days = (SpecialDays(Dates(soon, soon), morning, "Staff training"),)
    hours.save()
    now = timezone.now()
    for urgency in Notice.Urgency:
        Notice.objects.create(
            text="The lift is being repaired.",
            urgency=urgency,
            link_text="How to reach us",
            link_url="/contact/",
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=1),
        )


def build(home: HomePage, index: ArticleIndexPage) -> SamplePages:
    """Make the pages below the ones that the migrations made."""
    details = ClinicDetails.load()
    details.name = "Linden Skin Clinic"
    details.address = "14 Linden Row\nEastbrook"
    details.phone = "01632 960 123"
    details.email = "hello@linden.example"
    details.booking_url = "https://booking.example/linden"
    details.map_url = "https://map.example/linden"
    details.emergency_line = "In an emergency call 112 or 999."
    details.save()
    _enter_hours()
    image = factories.CustomImageFactory()
    topic = factories.TopicFactory(name="Micro Needling", slug="micro-needling")
    author = factories.AuthorFactory(name="Skin Treatments Team")
    plain = factories.ArticlePageFactory(parent=index, title="A plain article")
    article = factories.ArticlePageFactory(
        parent=index,
        title="How micro needling works",
        topic=topic,
        hero_image=image,
        hero_caption="The layers of the skin.",
        authors=f'[{{"type": "author", "value": {author.pk}}}]',
        references=factories.references(
            {"key": "alster2018", "year": 2018, "doi": "10.1097/DSS.0000000000001248"}
        ),
        body=factories.body(
            section("", ("paragraph", "<p>It begins with a scratch.</p>")),
            section("Mechanism of action", *every_block(image)),
            section("Aftercare", ("paragraph", "<p>Keep the skin clean.</p>")),
        ),
    )
    index.featured_article = article
    index.save()
    home.welcome = "We treat skin, and explain what we do."
    home.picture = image
    home.featured_article = article
    home.save()
    return SamplePages(
        home=home,
        index=index,
        article=article,
        plain_article=plain,
        standard=factories.StandardPageFactory(
            parent=home, title="Privacy", slug="privacy", show_in_footer=True
        ),
        contact=factories.ContactPageFactory(parent=home, show_in_menus=True),
    )
