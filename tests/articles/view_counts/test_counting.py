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


def test_counting_needs_no_connection_of_its_own(
    article: ArticlePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool between the site and its database may give each statement another one."""
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    if connection.vendor == "postgresql":
        connection.connection.cursor().execute("DEALLOCATE ALL")
        connection._prepared.clear()

    counted = [count_view(article.pk, visitor, TODAY) for visitor in (FIRST, SECOND)]

    assert counted == [1, 2]
    assert not getattr(connection, "_prepared", None)
