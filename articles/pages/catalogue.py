"""Which articles readers may see, newest first: in all, and by topic."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.http import HttpRequest

from clinic_site import content_version


@dataclass(frozen=True)
class Catalogue:
    """Keys of articles, newest first. A topic has those it is the main one of, or a further one."""

    articles: Sequence[int]
    by_topic: dict[int, Sequence[int]]

    def about(self, topic: int | None) -> Sequence[int]:
        """Return the articles about a topic, none for one without any."""
        return self.by_topic.get(topic, ()) if topic else ()


def catalogue(request: HttpRequest) -> Catalogue:
    """Return what readers may see, read once per content version.

    To sort thousands of articles takes longer than to show ten of them.
    """
    return content_version.kept(request, "catalogue", _read)


def _read() -> Catalogue:
    model = apps.get_model("articles", "ArticlePage")
    rows = list(
        model.objects.for_readers().newest_first().values_list("pk", "topic_id")
    )
    further = defaultdict(set)
    for article, topic in model.further_topics.through.objects.values_list(
        "articlepage_id", "topic_id"
    ):
        further[article].add(topic)
    by_topic: dict[int, list[int]] = defaultdict(list)
    for article, main in rows:
        for topic in further[article] | ({main} if main else set()):
            by_topic[topic].append(article)
    return Catalogue([article for article, _topic in rows], dict(by_topic))
