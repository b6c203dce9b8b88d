"""What is wrong inside blocks, as sentences."""

from django.core.exceptions import ValidationError
from wagtail import blocks


def messages_in(error: ValidationError) -> list[str]:
    """Return the messages of an error in nested blocks, each with the name of its field."""
    children: list[tuple[str, ValidationError]] = []
    for attribute in ("block_errors", "cell_errors"):
        nested = getattr(error, attribute, None) or {}
        pairs = nested.items() if isinstance(nested, dict) else enumerate(nested)
        children += [(str(name), child) for name, child in pairs if child]
    if not children and not hasattr(error, "non_block_errors"):
        return list(error.messages)
    messages = [str(message) for message in getattr(error, "non_block_errors", [])]
    for name, child in children:
        if isinstance(child, dict):
            child = blocks.StructBlockValidationError(child)
        prefix = "" if name.isdigit() else f"{name}: "
        messages += [prefix + message for message in messages_in(child)]
    return messages
