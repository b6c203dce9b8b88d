"""The site's stylesheets: file by file while they are worked on, one file as readers get them.

Each file is one layer. Files of one layer stand in the order of their names. Scripts stay
apart, as each page needs others. Readers get both without comments and spaces.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rjsmin
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

FOLDER = Path(settings.BASE_DIR) / "static"
LAYERS = "css/layers.css"
# Wagtail's admin has it alone, and none of the others but the identity.
ADMIN = "css/admin.css"
BUNDLE = "css/site.css"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_URL = re.compile(r"""url\((["']?)(?![a-z]+:|[/#])([^"')]+)\1\)""")


def sources() -> list[str]:
    """Return the stylesheets that stand in `static`, the one that names the layers first."""
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.css")}
    return [LAYERS, *sorted(found - {LAYERS, ADMIN})]


def scripts() -> list[str]:
    """Return the scripts that stand in `static`."""
    return sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))


def links() -> list[str]:
    """Return the static files that a page has to link."""
    bundled = isinstance(staticfiles_storage, BundledStaticFilesStorage)
    return [BUNDLE] if bundled else sources()


def bundle() -> str:
    """Return all stylesheets as one text, with addresses as seen from the bundle."""
    return "\n".join(_moved(name) for name in sources())


def small(stylesheet: str) -> str:
    """Return a stylesheet without comments and indents.

    Each line stays one: minifiers take spaces out that nesting needs.
    """
    return re.sub(r"\s*\n\s*", "\n", _COMMENT.sub("", stylesheet)).strip()


def _moved(name: str) -> str:
    def address(match: re.Match[str]) -> str:
        target = posixpath.join(posixpath.dirname(name), match[2])
        return f'url("{posixpath.relpath(target, posixpath.dirname(BUNDLE))}")'

    return _URL.sub(address, (FOLDER / name).read_text(encoding="utf-8"))


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Collected files: hashed, compressed, without comments, all stylesheets as one more."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            for name in scripts():
                script = (FOLDER / name).read_text(encoding="utf-8")
                self._replace(paths, name, rjsmin.jsmin(script))
            self._replace(paths, BUNDLE, small(bundle()))
        yield from super().post_process(paths, dry_run, **options)

    def _replace(self, paths: dict[str, Any], name: str, text: str) -> None:
        self.delete(name)
        self.save(name, ContentFile(text.encode()))
        paths[name] = (self, name)
