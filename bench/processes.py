"""Start and stop what is measured."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WORKERS = 2
THREADS = 4
START_SECONDS = 60


def site_environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """Return the settings of a site of its own below a folder, as in production."""
    return {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PRIVACY_KEY": secrets.token_urlsafe(50),
        "SITE_URL": "http://127.0.0.1",
        "DATABASE_URL": database_url or f"sqlite:///{folder}/db.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "TRUSTED_PROXY_HOPS": "1",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "clinic_site.settings",
        "CACHE_URL": "",
    }


def run(
    arguments: list[str], environment: Mapping[str, str], folder: Path = ROOT
) -> None:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    subprocess.run(  # noqa: S603 (our own arguments)
        arguments,
        check=True,
        cwd=folder,
        env=with_environment(environment),
        stdout=subprocess.DEVNULL,
    )


def query(environment: Mapping[str, str], expression: str) -> Any:
    """Evaluate an expression on a site's database."""
    code = (
        "import django, json; django.setup();"
        "from articles.pages.article import ArticlePage;"
        "from articles.figures import ArticleFigures;"
        "from bench.staff import session_key;"
        f"print(json.dumps({expression}))"
    )
    output = subprocess.run(  # noqa: S603 (our own arguments)
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=with_environment(environment),
    ).stdout
    return json.loads(output)


def with_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the present environment with these variables."""
    return os.environ | dict(environment)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(
    module: str,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    port: int = 0,
) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application with gunicorn; yield its port and its process."""
    port = port or free_port()
    process = subprocess.Popen(  # noqa: S603 (our own arguments)
        [
            sys.executable,
            "-m",
            "gunicorn",
            module,
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            str(WORKERS),
            "--threads",
            str(THREADS),
            "--worker-class",
            "gthread",
            "--keep-alive",
            "5",
            "--log-level",
            "error",
        ],  # fmt: skip
        cwd=folder,
        env=with_environment(environment or {}),
    )
    try:
        wait(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, HTTPException):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def memory_of_workers(pid: int) -> list[int]:
    """Return the resident memory of gunicorn's workers, in megabytes."""
    sizes = []
    for child in workers(pid):
        status = Path(f"/proc/{child}/status").read_text()
        kilobytes = next(
            int(line.split()[1])
            for line in status.splitlines()
            if line.startswith("VmRSS")
        )
        sizes.append(kilobytes // 1024)
    return sizes


def processor_seconds_of_workers(pid: int) -> float:
    """Return the processor time that gunicorn's workers have taken so far."""
    ticks = 0
    for child in workers(pid):
        # The name, which may hold anything, ends with the last bracket.
        after_name = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def workers(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
