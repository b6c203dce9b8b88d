"""The house rules that code can state: models, pages, migrations, imports, files."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import BinaryField, EmailField, Model
from django.template.loader import get_template
from wagtail.models import Page, get_page_models

from articles.pages.base import BasePage
from clinic_info.newsletter.models import Subscriber

ROOT = Path(settings.BASE_DIR)
APPS = ("articles", "clinic_info", "clinic_site")
LONGEST_FILE = 400
# Which value wins must not be guesswork: settings stay in one file.
ONE_FILE = Path("clinic_site/settings.py")
NAMES_THAT_SAY_NOTHING = {"common", "core", "helpers", "misc", "utils"}
# Folders of an app that are Django's and no feature of ours.
NO_FEATURES = {"management", "migrations", "templatetags"}
FACES = {"articles.models", "clinic_info.models"}

PAGE_MODELS = [model for model in get_page_models() if model._meta.app_label in APPS]
MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models()]
PYTHON_FILES = sorted(
    path.relative_to(ROOT)
    for folder in (*APPS, "tests", "bench", "deploy")
    for path in (ROOT / folder).rglob("*.py")
)

each_page_model = pytest.mark.parametrize("model", PAGE_MODELS, ids=str)


# Pages


def test_the_rules_see_the_pages_and_the_files() -> None:
    names = {model.__name__ for model in PAGE_MODELS}

    assert names >= {"HomePage", "StandardPage", "ContactPage", "ArticlePage"}
    assert Path("articles/pages/article.py") in PYTHON_FILES


@each_page_model
def test_a_page_is_a_base_page(model: type[Page]) -> None:
    assert issubclass(model, BasePage)


@each_page_model
def test_a_page_has_its_template_in_the_apps_folder(model: type[Page]) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()

    assert model.template == f"{model._meta.app_label}/{name}.html"
    template = get_template(model.template)
    assert Path(template.origin.name) == ROOT / "templates" / model.template


@each_page_model
def test_a_page_says_where_it_may_stand_and_what_it_is(model: type[Page]) -> None:
    own = vars(model)

    assert isinstance(own.get("parent_page_types"), list)
    assert isinstance(own.get("subpage_types"), list)
    assert str(own.get("page_description", "")).endswith(".")


def body_class(model: type[Page]) -> str:
    source = (ROOT / "templates" / model.template).read_text()
    found = re.search(r"{% block body_class %}\s*(template-[a-z-]+)\b", source)
    assert found, f"{model.template} names no body class"
    return found[1]


def test_each_page_has_a_body_class_of_its_own() -> None:
    classes = [body_class(model) for model in PAGE_MODELS]

    assert len(set(classes)) == len(classes), sorted(classes)


# Models


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_model_says_what_it_is_for(model: type[Model]) -> None:
    # Django writes the names of the fields where there is no docstring.
    written = vars(model).get("__doc__") or ""

    assert written, "no docstring"
    assert not written.startswith(f"{model.__name__}(")


@pytest.mark.parametrize("app", APPS)
def test_the_face_of_an_app_shows_each_of_its_models(app: str) -> None:
    models = {model.__name__ for model in MODELS if model._meta.app_label == app}
    if not models:
        return
    face = importlib.import_module(f"{app}.models")

    assert set(face.__all__) == models
    for name in face.__all__:
        assert issubclass(getattr(face, name), Model)


# Migrations


def test_no_migration_is_missing(db: None) -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail("models have changed without a migration (see the output above)")


def test_migrations_have_names_that_say_something() -> None:
    migrations = [path for path in PYTHON_FILES if path.parent.name == "migrations"]

    assert migrations
    assert [
        path.name for path in migrations if re.search("_auto_|merge", path.name)
    ] == []


# Imports


def imports(path: Path) -> Iterator[str]:
    """Return what a file imports, as dotted names: modules, and what is taken of them."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parent.parts[: len(path.parent.parts) + 1 - node.level]
            start = ".".join(package) if node.level else ""
            module = ".".join(filter(None, [start, node.module]))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def wrong_imports(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{path} imports {name}"
        for path in PYTHON_FILES
        if path.parts[0] == folder
        for name in imports(path)
        if any(is_within(name, package) for package in forbidden)
    ]


def test_imports_are_found_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "import a.b\n"
        "from c import d\n"
        "from . import e\n"
        "from ..f import g\n"
        "def late():\n    from h.i import j\n"
    )
    path = tmp_path / "articles" / "pages" / "example.py"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert set(imports(path.relative_to(tmp_path))) >= {
        "a.b",
        "c.d",
        "articles.pages.e",
        "articles.f.g",
        "h.i.j",
    }


def test_the_frame_imports_no_app() -> None:
    assert wrong_imports("clinic_site", "articles", "clinic_info") == []


def test_articles_do_not_know_the_clinic() -> None:
    assert wrong_imports("articles", "clinic_info") == []


@pytest.mark.parametrize("folder", [*APPS, "tests"])
def test_nobody_imports_a_face(folder: str) -> None:
    assert wrong_imports(folder, *FACES) == []


@pytest.mark.parametrize("folder", APPS)
def test_the_program_does_not_import_its_tests(folder: str) -> None:
    assert wrong_imports(folder, "tests", "pytest") == []


def feature(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return app and feature folder of a module, None if it stands in no feature."""
    if len(parts) < 3 or parts[0] not in APPS or parts[1] in NO_FEATURES:
        return None
    return parts[:2]


def test_features_do_not_import_each_others_views_and_forms() -> None:
    wrong = []
    for path in PYTHON_FILES:
        importer = feature(path.with_suffix("").parts)
        for name in imports(path) if importer else ():
            parts = tuple(name.split("."))
            imported = feature(parts)
            if imported and imported != importer and parts[2] in {"views", "forms"}:
                wrong.append(f"{path} imports {name}")

    assert wrong == []


# Tests


def test_what_commits_brings_back_what_migrations_made() -> None:
    """Else whichever test comes next finds a database that is neither empty nor whole."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for mark in re.findall(r"django_db\(([^)]*)\)", path.read_text()):
            assert "transaction" not in mark or "serialized_rollback" in mark, path


# Documents


def test_what_the_guide_tells_staff_to_press_is_there() -> None:
    guide = (ROOT / "docs" / "staff_guide.md").read_text()
    sources = "\n".join(
        path.read_text()
        for app in (*APPS, "templates")
        for path in (ROOT / app).rglob("*")
        if path.suffix in {".py", ".html"}
    )
    # Wagtail's own words, keys, and the workflow that the first migration names.
    others = {"Save draft", "Submit to Medical review", "A", "R", "S", "W", "Editors"}

    named = set(re.findall(r"\*\*([^*]+)\*\*", guide)) - others
    assert len(named) > 20
    for name in named:
        assert f'"{name}"' in sources, name


def test_what_is_stored_of_people_is_in_the_document() -> None:
    document = (ROOT / "docs" / "data_protection.md").read_text()
    telling = {
        model.__name__
        for model in MODELS
        for field in model._meta.get_fields()
        if isinstance(field, EmailField | BinaryField)
        or getattr(field, "related_model", None) is Subscriber
    }

    assert telling >= {"Comment", "Subscriber", "OutgoingMail", "DayVisit", "Consent"}
    for name in telling:
        assert f"`{name}`" in document, name


# Files


def test_modules_have_names_that_say_something() -> None:
    wrong = [
        path
        for path in PYTHON_FILES
        if NAMES_THAT_SAY_NOTHING & set(path.with_suffix("").parts)
    ]

    assert wrong == []


def test_no_file_is_too_long_to_read() -> None:
    too_long = {
        str(path): lines
        for path in PYTHON_FILES
        if path.parent.name != "migrations"
        and path != ONE_FILE
        and (lines := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE
    }

    assert too_long == {}


def test_the_day_is_asked_in_one_place() -> None:
    asking = [
        str(path)
        for path in PYTHON_FILES
        if path.parts[0] in APPS and "timezone.localdate(" in (ROOT / path).read_text()
    ]

    assert asking == ["clinic_site/clinic_day.py"]
