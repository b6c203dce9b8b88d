"""Fill a site that has the sample content with more articles: `python -m bench.make_data N`."""

import sys
import uuid
from datetime import timedelta

import django

DAYS = 100
BATCH = 2000


def main(count: int) -> None:
    from django.db import transaction
    from django.utils import timezone
    from wagtail.models import Page

    from articles.figures import ArticleFigures
    from articles.pages.article import ArticlePage
    from articles.pages.index import ArticleIndexPage
    from articles.view_counts.jobs import roll_up
    from articles.view_counts.models import DailyViews
    from clinic_site import content_version

    index = ArticleIndexPage.objects.get()
    model = ArticlePage.objects.child_of(index).get(slug="how-micro-needling-works")
    last = index.get_children().order_by("path").last()
    parent_fields = {
        field.attname: getattr(model, field.attname)
        for field in Page._meta.concrete_fields
        if field.attname not in {"id", "path", "slug", "title", "url_path"}
    }
    path = last.path
    pages = []
    for number in range(count):
        path = Page._inc_path(Page(path=path, depth=index.depth + 1))
        slug = f"copy-{number}"
        pages.append(
            Page(
                **parent_fields
                | {
                    "path": path,
                    "slug": slug,
                    "title": f"{model.title} {number}",
                    "draft_title": f"{model.title} {number}",
                    "url_path": f"{index.url_path}{slug}/",
                    "first_published_at": model.first_published_at
                    - timedelta(hours=number + 1),
                    "latest_revision_id": None,
                    "live_revision_id": None,
                    "translation_key": uuid.uuid4(),
                }
            )
        )
    own = {
        field.attname: getattr(model, field.attname)
        for field in ArticlePage._meta.local_concrete_fields
        if field.attname != "page_ptr_id"
    }
    today = timezone.localdate()
    with transaction.atomic():
        Page.objects.bulk_create(pages, batch_size=BATCH)
        Page.objects.filter(pk=index.pk).update(numchild=index.numchild + count)
        for page in pages:
            ArticlePage(page_ptr_id=page.pk, **own).save_base(raw=True)
        ArticleFigures.objects.bulk_create(
            [
                ArticleFigures(article_id=page.pk, counted_views=DAYS * 3)
                for page in pages
            ],
            batch_size=BATCH,
        )
        for day in range(DAYS):
            DailyViews.objects.bulk_create(
                [
                    DailyViews(
                        article_id=page.pk, day=today - timedelta(days=day), views=3
                    )
                    for page in pages
                ],
                batch_size=BATCH,
            )
        content_version.move()
    # As the worker does each hour.
    roll_up(timezone.now())


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
