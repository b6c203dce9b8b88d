"""Pages, pictures and snippets for tests, valid unless a test says otherwise."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import factory
import wagtail_factories
from django.core.files.base import ContentFile
from PIL import Image as PillowImage

from articles.comments.models import Comment
from articles.images.models import CustomImage
from articles.pages.article import ArticlePage
from articles.people import Author
from articles.topics import Topic
from clinic_info.pages import ContactPage, StandardPage

FIRST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)


def picture_file(
    name: str = "skin.jpg",
    *,
    size: tuple[int, int] = (640, 480),
    mode: str = "RGB",
    **save_options: Any,
) -> ContentFile:
    """Return a picture file; its format follows the name."""
    picture = PillowImage.effect_noise(size, 40).convert(mode)
    output = BytesIO()
    extension = name.rpartition(".")[2].lower()
    file_format = {"jpg": "JPEG"}.get(extension, extension.upper())
    picture.save(output, file_format, **save_options)
    return ContentFile(output.getvalue(), name=name)


def section(heading: str, *blocks: tuple[str, Any], **values: Any) -> dict[str, Any]:
    """Return a stored section; each block is its type and stored value."""
    content = [
        {"type": name, "value": value, "id": str(uuid4())} for name, value in blocks
    ]
    value = {"heading": heading, "content": content, "anchor": ""} | values
    return {"type": "section", "value": value, "id": str(uuid4())}


def body(*sections: dict[str, Any]) -> str:
    """Return the stored form of a body."""
    return json.dumps(sections)


def references(*values: dict[str, Any]) -> str:
    """Return the stored form of a list of references; text is filled in."""
    return json.dumps(
        [
            {
                "type": "reference",
                "value": {"text": f"<p>Source {value['key']}.</p>"} | value,
                "id": str(uuid4()),
            }
            for value in values
        ]
    )


class CustomImageFactory(factory.django.DjangoModelFactory):
    title = factory.Sequence(lambda n: f"Picture {n}")
    description = factory.Sequence(lambda n: f"A section of skin, drawing {n}")
    credit = "Linden Skin Clinic"
    file = factory.LazyFunction(picture_file)

    class Meta:
        model = CustomImage


class TopicFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Topic {n}")
    slug = factory.Sequence(lambda n: f"topic-{n}")

    class Meta:
        model = Topic


class AuthorFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Team {n}")
    kind = Author.Kind.TEAM
    credentials = "Nurses and dermatologists"

    class Meta:
        model = Author


class ArticlePageFactory(wagtail_factories.PageFactory):
    """A published article with two sections; each one newer than the one before."""

    title = factory.Sequence(lambda n: f"Article {n}")
    slug = factory.Sequence(lambda n: f"article-{n}")
    standfirst = "What fine needles do to the skin."
    first_published_at = factory.Sequence(lambda n: FIRST_DAY + timedelta(days=n))
    body = factory.LazyFunction(
        lambda: body(
            section(
                "Mechanism of action", ("paragraph", "<p>Needles open channels.</p>")
            ),
            section("Aftercare", ("paragraph", "<p>Keep the skin clean.</p>")),
        )
    )

    class Meta:
        model = ArticlePage


class CommentFactory(factory.django.DjangoModelFactory):
    """A comment that waits; `approved=True` for one that readers see.

    The article's figures are those of before: `decisions` keeps them, factories do not.
    """

    name = factory.Sequence(lambda n: f"Reader {n}")
    email = factory.Sequence(lambda n: f"reader{n}@mail.example")
    text = factory.Sequence(lambda n: f"What I think of it, number {n}.")
    written_at = factory.Sequence(lambda n: FIRST_DAY + timedelta(minutes=n))

    class Meta:
        model = Comment

    class Params:
        approved = factory.Trait(
            status=Comment.Status.APPROVED, decided_at=FIRST_DAY + timedelta(days=1)
        )


class StandardPageFactory(wagtail_factories.PageFactory):
    title = factory.Sequence(lambda n: f"Page {n}")
    slug = factory.Sequence(lambda n: f"page-{n}")
    body = factory.LazyFunction(
        lambda: body(section("Who we are", ("paragraph", "<p>A clinic.</p>")))
    )

    class Meta:
        model = StandardPage


class ContactPageFactory(wagtail_factories.PageFactory):
    title = "Contact"
    slug = "contact"
    body = factory.LazyFunction(
        lambda: body(section("Getting in", ("paragraph", "<p>By lift.</p>")))
    )

    class Meta:
        model = ContactPage
