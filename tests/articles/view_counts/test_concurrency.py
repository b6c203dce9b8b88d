from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.view_counts.counting import count_view, tally_refusal
from articles.view_counts.models import DailyViews, UncountedViews

TODAY = date(2026, 3, 1)
VISITORS = 40
THREADS = 8


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_counted_to_the_unit(article: ArticlePage) -> None:
    def visit(number: int) -> list[int | None]:
        try:
            visitor = (number % VISITORS).to_bytes(16, "big")
            tally_refusal(UncountedViews.Reason.BOT, TODAY)
            return [count_view(article.pk, visitor, TODAY)]
        finally:
            connection.close()

    # Each visitor comes from every thread, so that the same one is often counted at once.
    with ThreadPoolExecutor(THREADS) as threads:
        counted = [
            number
            for numbers in threads.map(visit, range(VISITORS * THREADS))
            for number in numbers
            if number is not None
        ]

    # Who was counted already may be told a number of moments ago.
    assert set(counted) - {0} == set(range(1, VISITORS + 1))
    assert ArticleFigures.objects.get(article=article).counted_views == VISITORS
    assert DailyViews.objects.get().views == VISITORS
    assert UncountedViews.objects.get().requests == VISITORS * THREADS
