from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AbstractUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.view_counts import history
from articles.view_counts.admin import ArticleViewsReport
from articles.view_counts.chart import HEIGHT, ViewsChart
from articles.view_counts.history import DayViews
from articles.view_counts.models import DailyViews, DaySum, UncountedViews
from tests.factories import ArticlePageFactory, TopicFactory

Staff = Callable[[str], AbstractUser]
REPORT = "/admin/reports/article-views/"


def viewed(article: ArticlePage, views: dict[int, int], before: int = 0) -> None:
    """Give an article views: how many, by how many days ago."""
    today = timezone.localdate()
    DailyViews.objects.bulk_create(
        DailyViews(article=article, day=today - timedelta(days=ago), views=number)
        for ago, number in views.items()
    )
    ArticleFigures.objects.filter(article=article).update(
        starting_views=before, counted_views=sum(views.values())
    )
    history.roll_up(today)


@pytest.fixture
def editor(client: Client, staff: Staff) -> Client:
    client.force_login(staff("Editors"))
    return client


def rows(client: Client, **query: str) -> list[list[str]]:
    """Return the report's table: title, topic, views in the period, in all."""
    page = BeautifulSoup(client.get(REPORT, query).content, "html.parser")
    return [
        [cells[n].get_text(strip=True) for n in (0, 1, 3, 4)]
        for row in page.select("#listing-results table tbody tr")
        if (cells := row.find_all("td"))
    ]


def test_the_report_puts_first_what_is_read_most_lately(
    editor: Client, index: ArticleIndexPage
) -> None:
    old = ArticlePageFactory(parent=index, title="Old", topic=TopicFactory(name="Sun"))
    new = ArticlePageFactory(parent=index, title="New", topic=None)
    viewed(old, {0: 1, 29: 2, 30: 700}, before=1000)
    viewed(new, {3: 5})

    assert [[row[0], *row[2:]] for row in rows(editor)] == [
        ["New", "5", "5"],
        ["Old", "3", "1,703"],
    ]
    assert [row[0] for row in rows(editor, ordering="-all_views")] == ["Old", "New"]
    assert rows(editor, ordering="-all_views")[0][1] == "Sun"


def test_a_period_counts_its_days_alone(
    editor: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index)
    viewed(article, {1: 10, 2: 20, 3: 40})
    today = timezone.localdate()
    day = {ago: (today - timedelta(days=ago)).isoformat() for ago in (1, 2, 3)}

    assert rows(editor, period_from=day[2], period_to=day[2])[0][2] == "20"
    assert rows(editor, period_from=day[2])[0][2] == "30"
    assert rows(editor, period_to=day[2])[0][2] == "60"
    assert rows(editor, period_from="nonsense")[0][2] == "70"


def test_the_report_is_narrowed_to_a_topic_and_searched(
    editor: Client, index: ArticleIndexPage
) -> None:
    topic = TopicFactory()
    ArticlePageFactory(parent=index, title="Needles", topic=topic)
    ArticlePageFactory(parent=index, title="Sunscreen", topic=TopicFactory())

    assert [row[0] for row in rows(editor, topic=str(topic.pk))] == ["Needles"]
    assert [row[0] for row in rows(editor, q="sunscr")] == ["Sunscreen"]


def test_pages_of_the_report_hold_each_article_once_and_say_how_many_there_are(
    editor: Client, index: ArticleIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArticleViewsReport, "paginate_by", 2)
    topic = TopicFactory()
    # All viewed as often, one of them not published; other pages are no articles.
    articles = [
        ArticlePageFactory(parent=index, title=title, topic=None) for title in "ABCD"
    ]
    articles.append(ArticlePageFactory(parent=index, topic=topic, live=False))

    shown = [row[0] for p in "123" for row in rows(editor, p=p)]
    assert shown == [article.title for article in articles]
    for query, number in [({}, 5), ({"topic": topic.pk}, 1), ({"q": "B"}, 1)]:
        found = editor.get(REPORT, query).context["page_obj"].paginator.count
        assert found == len(articles_of(editor, query)) == number


def articles_of(client: Client, query: dict[str, Any]) -> list[str]:
    """Return the lines of the report's export, which is not cut into pages."""
    lines = client.get(REPORT, query | {"export": "csv"}).getvalue().decode()
    return lines.splitlines()[1:]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_report_can_be_taken_along(
    editor: Client, index: ArticleIndexPage, form: str
) -> None:
    viewed(ArticlePageFactory(parent=index, title="Needles"), {0: 4})

    answer = editor.get(REPORT, {"export": form})

    assert f"article-views.{form}" in answer["Content-Disposition"]
    content = answer.getvalue()
    if form == "csv":
        assert content.decode().splitlines()[0].startswith("Article,Topic,Published")
        assert ",4,4" in content.decode()


@pytest.mark.parametrize(
    ("group", "status"), [("Editors", 200), ("Reception", 302), (None, 302)]
)
def test_who_cannot_edit_articles_is_refused(
    client: Client, staff: Staff, group: str | None, status: int
) -> None:
    if group:
        client.force_login(staff(group))

    assert client.get(REPORT).status_code == status
    if group:
        menu = client.get(reverse("wagtailadmin_home")).content.decode()
        assert ("article-views" in menu) == (status == 200)


def test_the_report_says_what_was_left_out(editor: Client) -> None:
    today = timezone.localdate()
    for ago in (0, 29, 30):
        UncountedViews.objects.create(
            day=today - timedelta(days=ago), reason="bot", requests=600
        )

    page = BeautifulSoup(editor.get(REPORT).content, "html.parser")

    table = page.find(class_="views-uncounted")
    assert [cell.get_text() for cell in table.select("tbody th, tbody td")] == [
        "Known robot",
        "1,200",
    ]


def test_the_report_of_more_articles_asks_no_more(
    editor: Client, index: ArticleIndexPage
) -> None:
    def asked() -> int:
        editor.get(REPORT)
        with CaptureQueriesContext(connection) as captured:
            editor.get(REPORT)
        return len(captured)

    viewed(ArticlePageFactory(parent=index, topic=TopicFactory()), {0: 1})
    one = asked()
    for _ in range(5):
        viewed(ArticlePageFactory(parent=index, topic=TopicFactory()), {0: 1, 2: 3})
    assert asked() == one


def test_the_days_are_the_clinics_wherever_staff_are(
    client: Client, staff: Staff, index: ArticleIndexPage
) -> None:
    viewed(ArticlePageFactory(parent=index), {0: 4})
    editor = staff("Editors")
    client.force_login(editor)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        UserProfile.objects.update_or_create(
            user=editor, defaults={"current_time_zone": zone}
        )
        page = BeautifulSoup(client.get(REPORT).content, "html.parser")
        cells = page.select(".views-chart tbody td")
        assert [cell.get_text() for cell in cells][-1] == "4"


def test_the_period_is_exact_though_nothing_was_rolled_up_for_long(
    editor: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index)
    viewed(article, {0: 3, 31: 90})
    ArticleFigures.objects.update(recent_views=93)

    assert rows(editor)[0][2] == "3"


# Days


def test_what_is_summed_and_what_is_not_yet_make_the_same_days(
    index: ArticleIndexPage,
) -> None:
    today = date(2026, 3, 31)
    for number in (1, 2):
        article = ArticlePageFactory(parent=index)
        for ago in (0, 1, 29, 30):
            day = today - timedelta(days=ago)
            DailyViews.objects.create(article=article, day=day, views=number)
    before = history.of_all(today)

    history.roll_up(today)

    assert history.of_all(today) == before
    assert [day.views for day in before] == [3, *[0] * 27, 3, 3]
    assert before[0].day == date(2026, 3, 2)
    assert DaySum.objects.count() == 3  # not today, which is not over
    recent = ArticleFigures.objects.order_by("pk").values_list(
        "recent_views", flat=True
    )
    assert list(recent) == [3, 6]


def test_a_view_stored_after_midnight_still_reaches_the_sum(
    index: ArticleIndexPage,
) -> None:
    today = date(2026, 3, 31)
    row = DailyViews.objects.create(
        article=ArticlePageFactory(parent=index),
        day=today - timedelta(days=1),
        views=1,
    )
    history.roll_up(today)
    row.views = 2
    row.save()

    history.roll_up(today)

    assert DaySum.objects.get().views == 2


def test_the_chart_is_as_high_as_the_best_day() -> None:
    first = date(2026, 3, 1)
    days = [
        DayViews(first + timedelta(days=number), views)
        for number, views in enumerate([0, 5, 10])
    ]

    bars = ViewsChart(days).bars()

    assert [bar.height for bar in bars] == [0, HEIGHT / 2, HEIGHT]
    assert all(bar.y + bar.height == HEIGHT for bar in bars)
    assert [bar.height for bar in ViewsChart(days[:1]).bars()] == [0]


def test_the_chart_is_a_table_for_those_who_listen(
    editor: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index)
    viewed(article, {0: 7, 1: 1}, before=3)

    for address in (REPORT, reverse("wagtailadmin_pages:edit", args=[article.pk])):
        page = BeautifulSoup(editor.get(address).content, "html.parser")
        chart = page.find(class_="views-chart")
        cells = [cell.get_text() for cell in chart.select("tbody td")]
        assert cells == ["0"] * 28 + ["1", "7"]
        assert chart.svg["aria-hidden"] == "true"
    assert "11 views in all. 3 of them were counted before" in page.get_text()


def test_the_most_read_are_those_that_everyone_may_read(
    index: ArticleIndexPage,
) -> None:
    little, much, draft = (ArticlePageFactory(parent=index) for _ in range(3))
    viewed(little, {0: 1, 40: 100})
    viewed(much, {0: 2})
    viewed(draft, {0: 9})
    draft.unpublish()

    most = ArticlePage.objects.for_readers().most_read_first()
    assert list(most) == [much, little]
