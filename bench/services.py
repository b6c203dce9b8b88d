"""Servers of the bench's own: PostgreSQL as Debian sets it up, Redis."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port


class PostgreSQL:
    """A server on a socket in a folder of its own, that can be stopped and started.

    With its own defaults: each commit waits for the disk.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._as_owner: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = ["runuser", "-u", "postgres", "--"]
        self._run("initdb", "--auth", "trust", "--username", "bench")

    @property
    def url(self) -> str:
        return f"postgres://bench@/{self._folder}/postgres"

    def start(self) -> None:
        options = f"-k {self._folder} -c listen_addresses=''"
        log = str(self._folder / "log")
        self._run("pg_ctl", "--log", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 (our own arguments)
            [
                *self._as_owner,
                self._programs / program,
                "--pgdata",
                str(self._folder / "data"),
                *arguments,
            ],
            check=True,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def postgresql_programs() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL, None if there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server; leave nothing behind. Raises FileNotFoundError without PostgreSQL."""
    programs = postgresql_programs()
    if programs is None:
        raise FileNotFoundError("PostgreSQL: sudo apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="clinic-site-bench-pg-"))
    server = PostgreSQL(programs, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server; yield its URL. Raises FileNotFoundError without Redis."""
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("Redis: sudo apt-get install redis-server")
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 (our own arguments)
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()
