from datetime import date

import pytest
from django.db import connection

from articles.pages.article import ArticlePage
from articles.view_counts.counting import count_view

TODAY = date(2026, 3, 1)
FIRST, SECOND = b"1" * 16, b"2" * 16


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_counting_goes_on_over_a_new_connection(article: ArticlePage) -> None:
    assert count_view(article.pk, FIRST, TODAY) == 1

    connection.close()

    assert count_view(article.pk, FIRST, TODAY) == 1
    assert count_view(article.pk, SECOND, TODAY) == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("known", [True, False], ids=["lost", "another's"])
def test_counting_needs_no_connection_of_its_own(
    article: ArticlePage, known: bool
) -> None:
    """A pool between the site and its database may give each statement another one."""
    assert count_view(article.pk, FIRST, TODAY) == 1
    if connection.vendor == "postgresql":
        if known:
            connection.connection.cursor().execute("DEALLOCATE ALL")
        else:
            connection._prepared.clear()

    assert count_view(article.pk, FIRST, TODAY) == 1
    assert count_view(article.pk, SECOND, TODAY) == 2
    connection.close()
