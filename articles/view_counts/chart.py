"""A small chart of the views of the last 30 days, a table for those who cannot see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel
from wagtail.admin.ui.components import Component

from articles.view_counts import history
from articles.view_counts.history import DayViews
from clinic_site.clinic_day import clinic_day

# In units of the drawing, which is as wide as there is room.
HEIGHT = 60
STEP = 10
BAR_WIDTH = 8


@dataclass(frozen=True)
class Bar:
    """One day as it is drawn; a day without views is not."""

    day: DayViews
    x: int
    y: float
    height: float


class ViewsChart(Component):
    """Draws the views of days, the greatest number as high as the chart."""

    template_name = "articles/view_counts/chart.html"

    def __init__(self, days: Sequence[DayViews]) -> None:
        self.days = days

    def bars(self) -> list[Bar]:
        most = max((day.views for day in self.days), default=0)
        heights = [
            round(HEIGHT * day.views / most, 1) if most else 0 for day in self.days
        ]
        return [
            Bar(day=day, x=STEP * place, y=round(HEIGHT - height, 1), height=height)
            for place, (day, height) in enumerate(zip(self.days, heights, strict=True))
        ]

    def get_context_data(
        self, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {
            "bars": self.bars(),
            "days": self.days,
            "total": sum(day.views for day in self.days),
            "most": max((day.views for day in self.days), default=0),
            "bar_width": BAR_WIDTH,
            "width": STEP * len(self.days),
            "height": HEIGHT,
        }


class ViewsPanel(Panel):
    """The views of the article that is being edited."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "articles/view_counts/panel.html"

        def is_shown(self) -> bool:
            return self.instance.pk is not None

        def get_context_data(
            self, parent_context: dict[str, Any] | None = None
        ) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            days = history.of_article(self.instance.pk, clinic_day(timezone.now()))
            return context | {
                "chart": ViewsChart(days),
                "figures": self.instance.live_figures,
            }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"heading": _("Views")} | kwargs))
