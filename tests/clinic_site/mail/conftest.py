from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.smtp_sink import Sink, running, use


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A mail server that the site sends to."""
    with running(Sink()) as server:
        use(server, settings)
        yield server
