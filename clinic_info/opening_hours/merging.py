"""What two people change at the same time: both changes stand unless they meet."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext

from clinic_info.opening_hours import stored
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.wording import weekday_text

NO_WEEK: list[list[str]] = [[]] * 7


@dataclass(frozen=True)
class Entered:
    """What the page about the hours shows, in the form in which it is stored."""

    week: list[list[str]] | None
    special_days: list[dict[str, Any]]
    clock: str

    @classmethod
    def of(cls, hours: OpeningHours, today: date) -> "Entered":
        coming = [
            stored.write_special_days(one)
            for one in hours.special_days
            if one.dates.last >= today
        ]
        return cls(hours.week_stored, coming, hours.clock)

    @classmethod
    def read(cls, text: str) -> "Entered":
        """Return what `write` wrote. Raises ValueError if it did not."""
        value = json.loads(text)
        if not isinstance(value, dict) or set(value) != {"week", "special", "clock"}:
            raise ValueError("no hours as they were shown")
        if value["week"] is not None:
            stored.read_week(value["week"])
        if not isinstance(value["special"], list):
            raise ValueError("no list of special days")
        for entry in value["special"]:
            stored.read_special_days(entry)
        return cls(value["week"], value["special"], str(value["clock"]))

    def write(self) -> str:
        value = {"week": self.week, "special": self.special_days, "clock": self.clock}
        return json.dumps(value, sort_keys=True)


@dataclass
class Merger:
    """Brings together what one saw, what one entered, and what others have stored since."""

    seen: Entered
    mine: Entered
    theirs: Entered
    # What both changed, in words.
    conflicts: list[str] = field(default_factory=list)

    def merged(self) -> Entered:
        """Return both changes; where they meet mine, which is noted."""
        sides = (self.seen, self.mine, self.theirs)
        weeks = [side.week or NO_WEEK for side in sides]
        week = [
            self._pick(weekday_text(number), *days)
            for number, days in enumerate(zip(*weeks, strict=True))
        ]
        is_none = self.mine.week is None and self.theirs.week is None
        return Entered(
            None if is_none and not any(week) else week,
            self._special_days(*(_keys(side.special_days) for side in sides)),
            self._pick(gettext("Times"), *(side.clock for side in sides)),
        )

    def _pick(self, name: str, seen: Any, mine: Any, theirs: Any) -> Any:
        if mine == seen:
            return theirs
        if theirs not in (seen, mine):
            there = ", ".join(theirs) if isinstance(theirs, list) else theirs
            self.conflicts.append(f"{name}: {there or gettext('Closed')}")
        return mine

    def _special_days(
        self, seen: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        removed, gone = seen.keys() - mine, seen.keys() - theirs
        added, new = mine.keys() - seen, theirs.keys() - seen
        if added - new and new - added and (removed & gone or self._meet(added, new)):
            days = ", ".join(sorted(theirs[key]["first"] for key in new))
            self.conflicts.append(gettext("Special days") + f": {days}")
        kept = {key: theirs[key] for key in theirs if key not in removed}
        return list((kept | {key: mine[key] for key in mine if key in added}).values())

    def _meet(self, added: Iterable[str], new: Iterable[str]) -> bool:
        pairs = [(json.loads(one), json.loads(other)) for one in added for other in new]
        return any(
            one["first"] <= other["last"]
            and other["first"] <= one["last"]
            and bool(one["periods"]) == bool(other["periods"])
            for one, other in pairs
        )


def _keys(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {json.dumps(entry, sort_keys=True): entry for entry in entries}
