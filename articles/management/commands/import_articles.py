from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles.importing.run import ImportRun, Options, Outcome, Status, files_in
from articles.pages.index import ArticleIndexPage

BAR_WIDTH = 24


class Command(BaseCommand):
    """Import articles from files, and say what became of each."""

    help = "Import articles from Markdown files with front matter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            type=Path,
            metavar="FILE_OR_FOLDER",
            help="what to import",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything, store nothing"
        )
        parser.add_argument(
            "--publish", action="store_true", help="publish; otherwise drafts are made"
        )
        parser.add_argument(
            "--update",
            action="store_true",
            help="make a new revision of articles that exist with other content",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="with --update: even if staff edited the article since",
        )

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        index = ArticleIndexPage.objects.first()
        if index is None:
            raise CommandError("There is no list of articles to import into.")
        try:
            files = files_in(paths)
        except FileNotFoundError as error:
            raise CommandError(f"There is no file or folder {error}.") from error
        if not files:
            raise CommandError("No Markdown files there.")
        asked = Options(
            **{
                name: options[name]
                for name in ("publish", "update", "force", "dry_run")
            }
        )
        run = ImportRun(index, asked, timezone.get_default_timezone())
        counts: Counter[Status] = Counter()
        for number, path in enumerate(files, start=1):
            self._progress(number, len(files), path)
            outcome = run.import_file(path, timezone.now())
            counts[outcome.status] += 1
            self._progress()
            self._report(outcome, dry_run=asked.dry_run)
        summary = ", ".join(
            f"{counts[status]} {status.value}" for status in Status if counts[status]
        )
        if asked.dry_run:
            summary += " (dry run: nothing was stored)"
        if counts[Status.FAILED]:
            raise CommandError(summary, returncode=1)
        self.stdout.write(summary)

    def _report(self, outcome: Outcome, *, dry_run: bool) -> None:
        if outcome.status is Status.FAILED:
            for problem in outcome.problems:
                place = (
                    f"{outcome.path}:{problem.line}" if problem.line else outcome.path
                )
                self.stdout.write(
                    self.style.ERROR(f"failed     {place}: {problem.message}")
                )
            return
        line = f"{outcome.status.value:<10} {outcome.slug}"
        if outcome.status in {Status.CREATED, Status.UPDATED}:
            line += (
                f": {outcome.sections} sections, {outcome.pictures} pictures, "
                f"{outcome.references} references"
            )
            if not dry_run:
                line += ", live" if outcome.live else ", draft"
        self.stdout.write(line)

    def _progress(self, number: int = 0, total: int = 0, path: Path = Path()) -> None:
        """Draw a bar over the current line of a terminal; without arguments, clear it."""
        if not self.stderr.isatty():
            return
        bar = ""
        if total:
            done = "#" * (BAR_WIDTH * number // total)
            bar = f"[{done:<{BAR_WIDTH}}] {number}/{total} {path.name}"
        self.stderr.write(f"\r\x1b[K{bar}", ending="")
