"""The site's stylesheets: file by file while they are worked on, one file as readers get them.

Each file is one layer. Files of one layer stand in the order of their names.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

FOLDER = Path(settings.BASE_DIR) / "static"
LAYERS = "css/layers.css"
# Wagtail's admin has it alone, and none of the others but the identity.
ADMIN = "css/admin.css"
BUNDLE = "css/site.css"
_URL = re.compile(r"""url\((["']?)(?![a-z]+:|[/#])([^"')]+)\1\)""")


def sources() -> list[str]:
    """Return the stylesheets that stand in `static`, the one that names the layers first."""
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.css")}
    return [LAYERS, *sorted(found - {LAYERS, ADMIN})]


def links() -> list[str]:
    """Return the static files that a page has to link."""
    bundled = isinstance(staticfiles_storage, BundledStaticFilesStorage)
    return [BUNDLE] if bundled else sources()


def bundle() -> str:
    """Return all stylesheets as one text, with addresses as seen from the bundle."""
    return "\n".join(_moved(name) for name in sources())


def _moved(name: str) -> str:
    def address(match: re.Match[str]) -> str:
        target = posixpath.join(posixpath.dirname(name), match[2])
        return f'url("{posixpath.relpath(target, posixpath.dirname(BUNDLE))}")'

    return _URL.sub(address, (FOLDER / name).read_text(encoding="utf-8"))


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Collected files: hashed, compressed, and the stylesheets as one more file."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            self.delete(BUNDLE)
            self.save(BUNDLE, ContentFile(bundle().encode()))
            paths[BUNDLE] = (self, BUNDLE)
        yield from super().post_process(paths, dry_run, **options)
