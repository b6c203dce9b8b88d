"""The settings in processes of their own, each with nothing but the given environment."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.http.request import validate_host
from pytest_django import Settings

ROOT = Path(django_settings.BASE_DIR)
PRODUCTION = {
    "SECRET_KEY": "b7Qz-0fRk3yWm9LxT4uVhE8cN2sJpA6gD1iOqXrYlKwBtHvMnC5",
    "PRIVACY_KEY": "Zt5Gd8Qk1Ym4Ws7Xc0Vb3Nn6Mj9Lh2Kf5Pa8Sr1Te4Uy7Oi0-_qE",
    "SITE_URL": "https://clinic.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
}
MANIFEST_STORAGE = "clinic_site.stylesheets.BundledStaticFilesStorage"
# Imports the settings anew for each environment that it reads, a line each.
LOADER = """
import importlib, json, os, sys
for line in sys.stdin:
    os.environ.clear()
    os.environ.update(json.loads(line))
    sys.modules.pop("clinic_site.settings", None)
    try:
        module = importlib.import_module("clinic_site.settings")
        answer = {name: getattr(module, name) for name in dir(module) if name.isupper()}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)
"""

Load = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def load() -> Iterator[Load]:
    """Import the settings: `load(DEBUG="true")` changes production, None takes away."""
    with subprocess.Popen(  # noqa: S603 (our own arguments)
        [sys.executable, "-c", LOADER],
        cwd=ROOT,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def load(**changes: str | None) -> dict[str, Any]:
            process.stdin.write(json.dumps(_environment(changes)) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield load
        process.stdin.close()


def run(
    *arguments: str | Path, environment: dict[str, str], folder: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 (our own arguments)
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(changes: dict[str, str | None]) -> dict[str, str]:
    return {k: v for k, v in (PRODUCTION | changes).items() if v is not None}


def test_production_starts_with_keys_an_address_and_encrypted_mail(load: Load) -> None:
    settings = load()

    assert "error" not in settings
    assert settings["DEBUG"] is False
    assert settings["SITE_URL"] == "https://clinic.example"
    assert settings["ALLOWED_HOSTS"] == ["clinic.example"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://clinic.example"]
    assert settings["WAGTAILADMIN_BASE_URL"] == "https://clinic.example"
    assert settings["DEFAULT_FROM_EMAIL"] == "no-reply@clinic.example"
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert settings["PRIVACY_KEY"] == PRODUCTION["PRIVACY_KEY"]
    # The one that tests/test_static.py builds with.
    assert settings["STORAGES"]["staticfiles"]["BACKEND"] == MANIFEST_STORAGE


@pytest.mark.parametrize("name", ["SECRET_KEY", "PRIVACY_KEY"])
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("b7Qz-0fRk3yWm9LxT4uVhE8cN2sJpA6gD1iOqXrYlKwBtHvMn", id="short"),
        pytest.param("change-me" * 10, id="repeated"),
    ],
)
def test_a_missing_or_weak_key_is_refused(
    load: Load, name: str, key: str | None
) -> None:
    error = load(**{name: key})["error"]

    assert error.startswith(f"ImproperlyConfigured: {name} is missing or weak")


def test_the_message_about_a_weak_key_does_not_show_it(load: Load) -> None:
    weak = "hunter2"

    assert weak not in load(SECRET_KEY=weak)["error"]


@pytest.mark.parametrize(
    "site_url",
    [
        None,
        "",
        "clinic.example",
        "ftp://clinic.example",
        "https://",
        "https://clinic.example/site",
        "https://clinic.example?page=1",
        "https://clinic.example#top",
        "https://user:password@clinic.example",
        "https://clinic.example:port",
    ],
)
def test_a_site_url_that_is_no_plain_address_is_refused(
    load: Load, site_url: str | None
) -> None:
    error = load(SITE_URL=site_url).get("error", "accepted")

    assert error.startswith("ImproperlyConfigured: SITE_URL")


@pytest.mark.parametrize(
    "site_url", ["http://clinic.example", "http://192.168.1.10", "http://localhost.eu"]
)
def test_plain_http_is_refused_beyond_this_machine(load: Load, site_url: str) -> None:
    assert "must begin with https://" in load(SITE_URL=site_url)["error"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_works_on_this_machine(load: Load, host: str) -> None:
    settings = load(SITE_URL=f"http://{host}:8000/")

    assert settings["SITE_URL"] == f"http://{host}:8000"
    assert validate_host(host, settings["ALLOWED_HOSTS"])


@pytest.mark.parametrize(
    "mail", ["smtp://mail.example", "smtp://user:password@10.0.0.5:587"]
)
def test_unencrypted_mail_is_refused_beyond_this_machine(load: Load, mail: str) -> None:
    assert "unencrypted" in load(EMAIL_URL=mail)["error"]


@pytest.mark.parametrize(
    "mail",
    [
        None,
        "smtp://localhost:25",
        "smtp+tls://user:password@mail.example:587",
        "smtp+ssl://user:password@mail.example:465",
    ],
)
def test_encrypted_or_local_mail_works(load: Load, mail: str | None) -> None:
    settings = load(EMAIL_URL=mail)

    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize("value", ["yes", "1", "on", "tru"])
def test_debug_is_true_or_false_and_nothing_else(load: Load, value: str) -> None:
    assert "DEBUG must be true or false" in load(DEBUG=value)["error"]


@pytest.mark.parametrize(
    ("value", "debug"),
    [("true", True), ("True", True), ("false", False), ("", False), (None, False)],
)
def test_debug_is_off_unless_asked_for(
    load: Load, value: str | None, debug: bool
) -> None:
    loaded = load(DEBUG=value, SITE_URL="http://127.0.0.1:8000")
    assert loaded["DEBUG"] is debug


def test_debug_is_for_this_machine_only(load: Load) -> None:
    for address in ("https://clinic.example", "http://192.0.2.1:8000"):
        assert "DEBUG" in load(DEBUG="true", SITE_URL=address)["error"]


def test_debug_needs_nothing_else(load: Load) -> None:
    settings = load(
        DEBUG="true", SECRET_KEY=None, PRIVACY_KEY=None, SITE_URL=None, EMAIL_URL=None
    )

    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["SECRET_KEY"] != settings["PRIVACY_KEY"]
    assert settings["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    ("site_url", "is_https"),
    [("https://clinic.example", True), ("http://localhost:8000", False)],
)
def test_https_switches_follow_the_site_url(
    load: Load, site_url: str, is_https: bool
) -> None:
    settings = load(SITE_URL=site_url)

    assert settings["SECURE_SSL_REDIRECT"] is is_https
    assert settings["SESSION_COOKIE_SECURE"] is is_https
    assert settings["CSRF_COOKIE_SECURE"] is is_https
    assert (settings["SECURE_HSTS_SECONDS"] >= 31_536_000) is is_https


@pytest.mark.parametrize(
    ("hops", "header"),
    [
        (None, None),
        ("0", None),
        ("1", ["HTTP_X_FORWARDED_PROTO", "https"]),
        ("2", ["HTTP_X_FORWARDED_PROTO", "https"]),
    ],
)
def test_forwarded_headers_are_believed_only_behind_our_own_proxies(
    load: Load, hops: str | None, header: list[str] | None
) -> None:
    assert load(TRUSTED_PROXY_HOPS=hops).get("SECURE_PROXY_SSL_HEADER") == header


def test_database_url_alone_switches_to_postgresql(load: Load) -> None:
    before = load()["DATABASES"]["default"]
    after = load(DATABASE_URL="postgres://clinic:secret@db:5432/site")["DATABASES"][
        "default"
    ]

    assert before["ENGINE"] == "clinic_site.database.sqlite3"
    assert after["ENGINE"] == "clinic_site.database.postgresql"
    assert (after["HOST"], after["PORT"], after["NAME"]) == ("db", 5432, "site")
    assert (after["USER"], after["PASSWORD"]) == ("clinic", "secret")
    assert after["CONN_HEALTH_CHECKS"] is True
    assert "init_command" not in after.get("OPTIONS", {})


# Asks the database itself, and tries to write while a transaction is open.
ASK_SQLITE = """
import json, sqlite3, django
django.setup()
from django.conf import settings
from django.db import connection, transaction
with connection.cursor() as cursor:
    answer = {
        name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    }
answer["max_age"] = connection.settings_dict["CONN_MAX_AGE"]
with transaction.atomic():
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        answer["other_writer"] = str(error)
print(json.dumps(answer))
"""


def test_sqlite_is_kept_safe_and_writers_wait_for_each_other(tmp_path: Path) -> None:
    environment = PRODUCTION | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/new/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "clinic_site.settings",
    }

    result = run("-c", ASK_SQLITE, environment=environment)

    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["journal_mode"] == "wal"
    assert answer["synchronous"] == 2, "FULL"
    assert answer["busy_timeout"] == 20_000
    assert answer["foreign_keys"] == 1
    assert answer["max_age"] is None
    assert answer["other_writer"] == "database is locked", "the transaction is deferred"


def test_the_cache_is_a_table_of_the_database_or_redis(load: Load) -> None:
    without = load()["CACHES"]["default"]
    given = load(CACHE_URL="redis://redis:6379/0")["CACHES"]["default"]

    assert without["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
    assert given["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
    assert given["LOCATION"] == "redis://redis:6379/0"


def test_a_value_kept_in_redis_comes_back(
    load: Load, settings: Settings, redis_url: str
) -> None:
    settings.CACHES = load(CACHE_URL=redis_url)["CACHES"]

    cache.set("greeting", {"text": "Grüße"}, timeout=60)

    assert cache.get("greeting") == {"text": "Grüße"}
    assert cache.get("absent") is None
    cache.delete("greeting")
    assert cache.get("greeting") is None


def _names_read_in_settings() -> set[str]:
    tree = ast.parse((ROOT / "clinic_site/settings.py").read_text())
    names = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        reader = node.func
        if isinstance(reader, ast.Attribute):
            reader = reader.value
        if not isinstance(reader, ast.Name):
            continue
        if reader.id == "env" or reader.id.startswith("env_"):
            name = node.args[0]
            # Inside the helpers the name is a variable.
            if isinstance(name, ast.Constant):
                names.add(name.value)
    return names


def _lines_of_example() -> list[tuple[str, str, str]]:
    """Return comment sign, name and value of each variable in .env.example."""
    text = (ROOT / ".env.example").read_text()
    return re.findall(r"^(# )?([A-Z_]+)=(.*)$", text, re.MULTILINE)


def test_env_example_names_exactly_what_the_settings_read() -> None:
    listed = [name for _sign, name, _value in _lines_of_example()]

    assert set(listed) == _names_read_in_settings()
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("name", "default"),
    [(name, value) for sign, name, value in _lines_of_example() if sign],
)
def test_an_optional_line_of_env_example_changes_nothing_when_uncommented(
    load: Load, name: str, default: str
) -> None:
    assert load(**{name: default}) == load(**{name: None})


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["manage.py", "check"], id="manage.py check"),
        pytest.param(["-c", "import clinic_site.wsgi"], id="wsgi"),
    ],
)
def test_a_process_without_a_key_does_not_start(
    arguments: list[str], tmp_path: Path
) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)  # away from this machine's .env

    environment = _environment({"SECRET_KEY": None})
    result = run(*arguments, environment=environment, folder=tmp_path)

    assert result.returncode != 0
    assert "SECRET_KEY is missing or weak" in result.stderr


def test_manage_py_loads_dot_env_but_the_real_environment_wins(tmp_path: Path) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)
    lines = PRODUCTION | {"TIME_ZONE": "Europe/Paris", "LANGUAGE_CODE": "fr"}
    (tmp_path / ".env").write_text("".join(f"{k}={v}\n" for k, v in lines.items()))

    environment = {"LANGUAGE_CODE": "de", "PATH": os.environ["PATH"]}
    arguments = [tmp_path / "manage.py", "diffsettings", "--output", "unified"]
    result = run(*arguments, environment=environment, folder=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "+ TIME_ZONE = 'Europe/Paris'" in result.stdout
    assert "+ LANGUAGE_CODE = 'de'" in result.stdout
