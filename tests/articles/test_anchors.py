from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.anchors import RESERVED, SectionHead, assign, from_heading

HEADINGS = st.one_of(
    st.sampled_from(["", " ", "Aftercare", "aftercare!", "Comments", "Nachsorge 2"]),
    st.text(max_size=20),
)


def heads_of(*headings: str) -> list[SectionHead]:
    return [SectionHead(str(number), text) for number, text in enumerate(headings)]


def saved(heads: list[SectionHead]) -> list[SectionHead]:
    """Return the sections as they are stored once they have their anchors."""
    return [
        replace(head, anchor=anchor)
        for head, anchor in zip(heads, assign(heads), strict=True)
    ]


def known_from(heads: list[SectionHead]) -> dict[str, str]:
    return {head.id: head.anchor for head in heads if head.anchor}


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Mechanism of action", "mechanism-of-action"),
        ("  Über Haut & Haar!  ", "uber-haut-haar"),
        ("Крем", "krem"),
        ("皮膚", "pifu"),
        ("???", "section"),
    ],
)
def test_an_anchor_is_the_heading_in_plain_letters(heading: str, anchor: str) -> None:
    assert from_heading(heading) == anchor


def test_a_very_long_heading_gives_an_anchor_that_fits_its_field() -> None:
    anchors = assign(heads_of(*["skin " * 40] * 12))
    assert all(len(anchor) <= 100 for anchor in anchors)
    assert not any(anchor.endswith("-") for anchor in anchors)


def test_sections_with_the_same_heading_are_counted() -> None:
    anchors = assign(heads_of("Aftercare", "Aftercare", "aftercare?"))
    assert anchors == ["aftercare", "aftercare-2", "aftercare-3"]


def test_a_counted_anchor_does_not_meet_a_heading_that_ends_in_that_number() -> None:
    anchors = assign(heads_of("Step 2", "Step", "Step"))
    assert anchors == ["step-2", "step", "step-3"]


def test_a_section_without_a_heading_has_no_anchor() -> None:
    assert assign(heads_of("", "   ", "Aftercare")) == ["", "", "aftercare"]


@pytest.mark.parametrize("word", ["Comments", "Content", "References"])
def test_ids_that_the_page_uses_itself_are_not_given_to_sections(word: str) -> None:
    assert word.lower() in RESERVED
    assert assign(heads_of(word)) == [f"{word.lower()}-2"]


def test_an_anchor_that_is_given_stays_when_a_new_section_wants_it() -> None:
    old = SectionHead("old", "Reworded since", anchor="aftercare")
    assert assign([SectionHead("new", "Aftercare"), old]) == [
        "aftercare-2",
        "aftercare",
    ]


def test_a_duplicate_that_was_moved_up_does_not_take_the_original_s_anchor() -> None:
    original = SectionHead("1", "Aftercare", anchor="aftercare")
    duplicate = SectionHead("2", "Aftercare", anchor="aftercare")
    known = {"1": "aftercare"}
    assert assign([original, duplicate], known) == ["aftercare", "aftercare-2"]
    assert assign([duplicate, original], known) == ["aftercare-2", "aftercare"]


def test_a_duplicate_whose_original_was_removed_keeps_links_working() -> None:
    duplicate = SectionHead("2", "Aftercare", anchor="aftercare")
    assert assign([duplicate], {"1": "aftercare"}) == ["aftercare"]


def test_an_anchor_that_was_not_sent_back_is_found_by_the_section_s_id() -> None:
    heads = [SectionHead("1", "Reworded"), SectionHead("2", "Aftercare")]
    assert assign(heads, {"1": "aftercare"}) == ["aftercare", "aftercare-2"]


@given(st.lists(HEADINGS, max_size=8))
def test_anchors_are_unique_and_usable_as_ids(headings: list[str]) -> None:
    anchors = assign(heads_of(*headings))
    filled = [anchor for anchor in anchors if anchor]
    assert len(anchors) == len(headings)
    assert len(set(filled)) == len(filled)
    assert not RESERVED & set(filled)
    for heading, anchor in zip(headings, anchors, strict=True):
        assert bool(anchor) == bool(heading.strip())
        assert anchor == anchor.strip("-_ ")
        assert anchor.isascii()
        # Ids of references and marks hold a colon: they never meet.
        assert ":" not in anchor


@given(st.lists(HEADINGS, max_size=6), st.data())
def test_anchors_survive_any_edit_of_headings_and_order(
    headings: list[str], data: st.DataObject
) -> None:
    before = saved(heads_of(*headings))
    known = known_from(before)
    moved = data.draw(st.permutations(before))
    edited = [
        replace(
            head,
            heading=data.draw(HEADINGS),
            # A form may send an anchor back, or not.
            anchor=data.draw(st.sampled_from([head.anchor, ""])),
        )
        for head in moved
    ]
    added = [
        SectionHead(f"new-{n}", text)
        for n, text in enumerate(data.draw(st.lists(HEADINGS, max_size=3)))
    ]
    anchors = assign(added + edited, known)
    after = dict(zip([head.id for head in added + edited], anchors, strict=True))
    assert {key: after[key] for key in known} == known
    filled = [anchor for anchor in anchors if anchor]
    assert len(set(filled)) == len(filled)


@given(st.lists(HEADINGS, min_size=1, max_size=5), st.data())
def test_duplicates_never_move_an_original_s_anchor(
    headings: list[str], data: st.DataObject
) -> None:
    before = saved(heads_of(*headings))
    known = known_from(before)
    chosen = data.draw(st.lists(st.sampled_from(before), max_size=4))
    copies = [replace(head, id=f"copy-{n}") for n, head in enumerate(chosen)]
    heads = data.draw(st.permutations(before + copies))
    anchors = assign(heads, known)
    after = dict(zip([head.id for head in heads], anchors, strict=True))
    assert {key: after[key] for key in known} == known
    filled = [anchor for anchor in anchors if anchor]
    assert len(set(filled)) == len(filled)


@given(st.lists(HEADINGS, max_size=6))
def test_assigning_again_changes_nothing(headings: list[str]) -> None:
    once = saved(heads_of(*headings))
    assert assign(once, known_from(once)) == [head.anchor for head in once]
