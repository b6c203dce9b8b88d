"""Addresses of articles beside their pages. All begin with /articles/."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from articles.comments import views as comments
from articles.view_counts import views as view_counts


class PrimaryKeyConverter(IntConverter):
    """A number that fits a key of both databases."""

    regex = "[0-9]{1,18}"


register_converter(PrimaryKeyConverter, "pk")

urlpatterns = [
    path("<pk:pk>/view/", view_counts.beacon, name="article_view"),
    path("<pk:pk>/view.gif", view_counts.pixel, name="article_view_pixel"),
    path("<pk:pk>/comments/", comments.comments, name="article_comments"),
    path(
        "<pk:pk>/comments/sent/<str:token>/", comments.sent, name="article_comment_sent"
    ),
    path("comments/quiet/<str:token>/", comments.quiet, name="article_comments_quiet"),
]
