"""Kinds of mail that only the tests have."""

from clinic_site.mail.messages import Message


def hello(reference: str, recipient: str) -> Message | None:
    if reference == "gone":
        return None
    if reference == "broken":
        raise ValueError("no such comment")
    return Message(f"Hello {reference}", "Text\n", "<p>HTML</p>")


MAIL_KINDS = {"hello": f"{__name__}.hello"}
