"""The sample articles, loaded as a clinic would load its own: through the importer."""

from collections.abc import Callable
from pathlib import Path

import yaml
from django.utils import timezone

from articles.importing.run import ImportRun, Options, Status, files_in
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from articles.topics import Topic

FOLDER = Path(__file__).parent
FEATURED_ARTICLE = "what-sunlight-does-to-skin"
INTRODUCTION = (
    "What is known about skin, its troubles and its treatment, "
    "explained by the people who work with it every day."
)


class SampleError(Exception):
    """The sample content itself is broken."""


def load(report: Callable[[str], object]) -> None:
    """Create topics and teams, then import and publish the articles.

    Safe to run again after an interruption. `report` takes a line for each step.
    """
    for entry in _read("topics.yaml"):
        Topic.objects.get_or_create(slug=entry.pop("slug"), defaults=entry)
    for entry in _read("authors.yaml"):
        defaults = entry | {"kind": Author.Kind.TEAM}
        Author.objects.get_or_create(name=defaults.pop("name"), defaults=defaults)
    index = ArticleIndexPage.objects.get()
    run = ImportRun(index, Options(publish=True), timezone.get_default_timezone())
    files = files_in([FOLDER])
    for number, path in enumerate(files, start=1):
        outcome = run.import_file(path, timezone.now())
        if outcome.status is Status.FAILED:
            problems = "; ".join(problem.message for problem in outcome.problems)
            raise SampleError(f"{path.name}: {problems}")
        report(f"Sample article {number} of {len(files)}: {outcome.slug}")
    if not index.introduction:
        index.introduction = INTRODUCTION
        index.featured_article = ArticlePage.objects.get(slug=FEATURED_ARTICLE)
        index.save_revision().publish()


def _read(name: str) -> list[dict[str, str]]:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
