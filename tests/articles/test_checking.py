"""Wagtail checks drafts and publications with the same blocks, in several threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest
from django.core.exceptions import ValidationError

from articles.pages.article import ArticlePage


class Pausing(list):
    """A stream that takes its time to be checked."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()

    def __iter__(self) -> Iterator:
        self.begun.set()
        assert self.go_on.wait(10)
        return super().__iter__()


@pytest.mark.parametrize(
    ("field", "incomplete"),
    [
        (
            "body",
            {"type": "section", "value": {"content": [{"type": "quote", "value": {}}]}},
        ),
        ("references", {"type": "reference", "value": {}}),
    ],
)
def test_a_draft_being_checked_does_not_loosen_a_publication(
    field: str, incomplete: dict
) -> None:
    block = ArticlePage._meta.get_field(field).stream_block
    value = block.to_python([incomplete])
    draft = Pausing()
    with ThreadPoolExecutor() as threads:
        drafting = threads.submit(block.clean_deferred, draft)
        assert draft.begun.wait(10)
        publishing = threads.submit(block.clean, value)
        wait([publishing], timeout=0.3)
        draft.go_on.set()
        drafting.result(10)
        with pytest.raises(ValidationError):
            publishing.result(10)
