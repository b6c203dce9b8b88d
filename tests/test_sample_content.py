from collections import Counter

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from wagtail.models import Page

from articles.demo.sample import FOLDER
from articles.images.models import CustomRendition
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_sample_site_is_whole(client: Client) -> None:
    """One test for all, because loading the sample takes seconds."""
    lines: list[str] = []
    for loader in settings.SAMPLE_LOADERS:
        import_string(loader)(lines.append)

    articles = list(ArticlePage.objects.for_readers().select_related("topic"))
    assert len(articles) >= 8
    assert len({article.topic for article in articles}) == 4
    assert all(article.first_published_at < timezone.now() for article in articles)
    words = {
        article.slug: sum(len(text.split()) for text in article.texts)
        for article in articles
    }
    assert {slug: n for slug, n in words.items() if not 700 <= n <= 1900} == {}
    assert all(article.references for article in articles)
    assert all(article.bibliography.unknown_keys == [] for article in articles)
    assert {author.kind for article in articles for author in article.author_list} == {
        "team"
    }
    micro_needling = ArticlePage.objects.get(slug="how-micro-needling-works")
    assert micro_needling.topic.name == "Micro Needling"
    assert "Mechanism of action" in [e["heading"] for e in micro_needling.contents]
    assert micro_needling.figures.views == 77
    shown = Counter(
        block.block_type
        for article in articles
        for section in article.body
        for block in section.value["content"]
    )
    assert shown >= Counter(
        ["paragraph", "picture", "table", "callout", "key_points", "question", "steps"]
    )
    assert ClinicDetails.load().name == "Linden Skin Clinic"

    # No reader's request encodes a picture of the sample.
    renditions = CustomRendition.objects.count()
    assert renditions > 0
    for page in Page.objects.live().filter(depth__gt=1):
        assert client.get(page.get_url()).status_code == 200
    assert CustomRendition.objects.count() == renditions

    # Loading again, as after an interruption, adds nothing.
    for loader in settings.SAMPLE_LOADERS:
        import_string(loader)(lines.append)
    assert ArticlePage.objects.count() == len(articles)
    assert ArticleIndexPage.objects.get().introduction


def test_each_drawing_has_the_source_it_was_made_from() -> None:
    pictures = {path.stem for path in (FOLDER / "pictures").glob("*.png")}
    assert pictures == {path.stem for path in (FOLDER / "drawings").glob("*.svg")}
