"""Anchors of sections: the part of an address after "#", stable once given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import slugify
from wagtail.coreutils import string_to_ascii

from articles.references import unmarked

# Ids that the page itself uses.
RESERVED = frozenset({"comments", "content", "references"})


@dataclass(frozen=True)
class SectionHead:
    """What decides a section's anchor: its lasting id, its heading, an anchor it has."""

    id: str
    heading: str
    anchor: str = ""


def assign(
    heads: Sequence[SectionHead],
    known: Mapping[str, str] | None = None,
    drafted: Mapping[str, str] | None = None,
) -> list[str]:
    """Return an anchor per section, in order; "" where there is no heading yet.

    A section keeps the anchor it has. `known` maps ids of published sections to their
    anchors: one that a form did not send back is found there. A heading that is only
    being typed has none yet, so what autosave made of its first half does not stay.
    `drafted` is the same of the last draft; both tell an original from its duplicate,
    wherever staff moved the two.
    """
    known = known or {}
    before = {**(drafted or {}), **known}
    wanted = [head.anchor or known.get(head.id, "") for head in heads]

    def is_original(index: int) -> bool:
        return before.get(heads[index].id) == wanted[index]

    kept: dict[int, str] = {}
    for index in sorted(range(len(heads)), key=is_original, reverse=True):
        if wanted[index] and wanted[index] not in kept.values():
            kept[index] = wanted[index]
    taken = set(kept.values()) | RESERVED
    anchors = []
    for index, head in enumerate(heads):
        anchor = kept.get(index, "")
        if not anchor and head.heading.strip():
            anchor = _unused(from_heading(head.heading), taken)
            taken.add(anchor)
        anchors.append(anchor)
    return anchors


def from_heading(heading: str) -> str:
    """Return a heading as an anchor in plain letters: "Über Haut" gives "uber-haut"."""
    return slugify(string_to_ascii(unmarked(heading)))[:80].strip("-") or "section"


def _unused(wanted: str, taken: Collection[str]) -> str:
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"
