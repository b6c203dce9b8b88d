"""Importing one file: read, check, store, and say what became of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction

from articles.figures import ArticleFigures
from articles.importing import building, discussion, markdown, pictures
from articles.importing.draft import ArticleDraft, Problem, UnreadableError
from articles.importing.models import ArticleImport
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.pages.warming import warm

READERS: dict[str, Callable[..., ArticleDraft]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
}


class Status(Enum):
    CREATED = "created"
    UPDATED = "updated"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True)
class Options:
    """What the person who imports has asked for."""

    publish: bool = False
    update: bool = False
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Outcome:
    """A line of the receipt: what became of one file, and what was found in it."""

    path: Path
    status: Status
    slug: str = ""
    sections: int = 0
    pictures: int = 0
    references: int = 0
    live: bool = False
    problems: tuple[Problem, ...] = ()


class _RolledBackError(Exception):
    """Ends the transaction of a dry run."""


class ImportRun:
    """One run over several files, in which each slug may come once."""

    def __init__(
        self, index: ArticleIndexPage, options: Options, time_zone: ZoneInfo
    ) -> None:
        self.index = index
        self.options = options
        self.time_zone = time_zone
        self._paths_by_slug: dict[str, Path] = {}

    def import_file(self, path: Path, now: datetime) -> Outcome:
        """Import one file in one transaction; what is wrong with it is in the outcome."""
        try:
            draft = self._read(path)
            return self._store(path, draft, now)
        except UnreadableError as error:
            return Outcome(path, Status.FAILED, problems=error.problems)
        except ValidationError as error:
            problems = tuple(Problem(message) for message in error.messages)
            return Outcome(path, Status.FAILED, problems=problems)
        except OSError as error:
            problem = Problem(f"{error.filename or path}: {error.strerror}")
            return Outcome(path, Status.FAILED, problems=(problem,))

    def _read(self, path: Path) -> ArticleDraft:
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            known = ", ".join(READERS)
            raise UnreadableError([Problem(f"Only files of these kinds: {known}.")])
        draft = reader(path, time_zone=self.time_zone)
        first = self._paths_by_slug.setdefault(draft.slug, path)
        if first != path:
            raise UnreadableError(
                [Problem(f"{first} in this run has the slug “{draft.slug}” already.")]
            )
        return draft

    def _store(self, path: Path, draft: ArticleDraft, now: datetime) -> Outcome:
        source_hash = content_hash(path, draft)
        page = ArticlePage.objects.child_of(self.index).filter(slug=draft.slug).first()
        status = Status.UPDATED if page else Status.CREATED
        if page is not None and page.alias_of_id:
            raise UnreadableError(
                [Problem(f"“{page.slug}” is an alias of another page, not an article.")]
            )
        if page is not None:
            imported = ArticleImport.objects.filter(article=page).first()
            if imported and imported.source_hash == source_hash:
                return self._unchanged(path, page, imported)
            self._check_may_update(page, imported)
        store = pictures.PictureStore(pictures.check(draft))
        try:
            with transaction.atomic():
                # First of what happens on commit: encoding comes after, and may fail.
                transaction.on_commit(store.keep_files)
                page = self._save(page, draft, store, source_hash, now)
                if self.options.dry_run:
                    raise _RolledBackError
        except _RolledBackError:
            store.discard_files()
        except BaseException:
            store.discard_files()
            raise
        return Outcome(
            path,
            status,
            slug=draft.slug,
            sections=len(draft.sections),
            pictures=len(pictures.pictures_of(draft)),
            references=len(draft.references),
            live=bool(page and page.live),
        )

    def _unchanged(
        self, path: Path, page: ArticlePage, imported: ArticleImport
    ) -> Outcome:
        # What staff took off the site, or what expired, was live before: it stays off.
        never_live = page.last_published_at is None and not page.go_live_at
        is_ours = page.latest_revision_id == imported.revision_id
        status = Status.UNCHANGED
        if self.options.publish and never_live and is_ours:
            status = Status.PUBLISHED
            if not self.options.dry_run:
                page.latest_revision.publish()
        elif page.live and not self.options.dry_run:
            # The last run may have been interrupted while it encoded.
            warm.call(page.pk)
        return Outcome(path, status, slug=page.slug, live=page.live)

    def _check_may_update(
        self, page: ArticlePage, imported: ArticleImport | None
    ) -> None:
        if not self.options.update:
            problem = (
                f"An article “{page.slug}” with other content exists already: "
                "--update makes a new revision of it."
            )
        elif self.options.force:
            return
        elif imported is None:
            problem = f"Staff wrote the article “{page.slug}”: --force replaces it."
        elif page.latest_revision_id != imported.revision_id:
            problem = (
                f"Staff edited the article “{page.slug}” since it was imported: "
                "--force replaces their text."
            )
        else:
            return
        raise UnreadableError([Problem(problem)])

    def _save(
        self,
        page: ArticlePage | None,
        draft: ArticleDraft,
        store: pictures.PictureStore,
        source_hash: str,
        now: datetime,
    ) -> ArticlePage:
        is_new = page is None
        # An update starts from what staff see in the editor, the latest revision.
        page = page.get_latest_revision_as_object() if page else ArticlePage(live=False)
        problems = building.fill(page, draft, store.image)
        if problems:
            raise UnreadableError(problems)
        if draft.published and draft.published > now:
            page.go_live_at = draft.published
        elif draft.published:
            page.first_published_at = draft.published
            page.go_live_at = None
        if is_new:
            self.index.add_child(instance=page)
        revision = page.save_revision(log_action=True)
        if draft.views is not None:
            ArticleFigures.objects.filter(article=page).update(
                starting_views=draft.views
            )
        discussion.store(page, draft.discussion)
        ArticleImport.objects.update_or_create(
            article=page,
            defaults={
                "source_hash": source_hash,
                "revision": revision,
                "imported_at": now,
            },
        )
        if self.options.publish:
            revision.publish()
            page.refresh_from_db()
        return page


def content_hash(path: Path, draft: ArticleDraft) -> str:
    """Return a hash over the file, the pictures it shows and what describes them."""
    digest = hashlib.sha256(path.read_bytes())
    for picture in pictures.pictures_of(draft):
        digest.update(picture.file.read_bytes())
        digest.update(picture.long_description.encode())
    return digest.hexdigest()


def files_in(paths: list[Path]) -> list[Path]:
    """Return the given files and all importable files below the given folders, sorted.

    Raises FileNotFoundError for a path that does not exist.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in READERS
                and not any(
                    part.startswith(".") for part in file.relative_to(path).parts
                )
            )
            files |= dict.fromkeys(found)
        elif path.exists():
            files[path] = None
        else:
            raise FileNotFoundError(path)
    return list(files)
