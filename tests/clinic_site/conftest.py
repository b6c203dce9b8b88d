import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REDIS_SECONDS_TO_START = 10


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Start a Redis server on a socket in a new folder; yield its URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    # Not in tmp_path: a socket's path may have about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="clinic-site-redis-"))
    path = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--dir", str(folder)]
    server = subprocess.Popen(  # noqa: S603 (our own arguments)
        [program, *options, "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(server, path)
        yield f"unix://{path}?db=0"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_listens(server: "subprocess.Popen[bytes]", path: Path) -> None:
    deadline = time.monotonic() + REDIS_SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(path)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("redis-server did not start")
