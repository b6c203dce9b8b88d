"""Kinds of mail that only the tests have."""

from collections.abc import Callable

from clinic_site.mail.messages import Message

# What happens while a mail with the reference "meanwhile" is built for the first time.
meanwhile: list[Callable[[], object]] = []


def hello(reference: str, recipient: str) -> Message | None:
    if reference == "gone":
        return None
    if reference == "meanwhile" and meanwhile:
        meanwhile.pop()()
        return None
    if reference == "broken":
        raise ValueError("no such comment")
    return Message(f"Hello {reference}", "Text\n", "<p>HTML</p>")


MAIL_KINDS = {"hello": f"{__name__}.hello"}
