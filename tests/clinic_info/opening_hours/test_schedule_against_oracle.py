"""The engine beside a slow oracle that reads clocks: never a difference."""

import os
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic_info.opening_hours.schedule import Schedule
from tests.clinic_info.opening_hours import oracle
from tests.clinic_info.opening_hours.schedules import ZONES, schedules

# A thousand for each zone where time does not matter: ORACLE_EXAMPLES=1000.
EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "150"))
patient = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Case = tuple[Schedule, list[datetime]]


@pytest.mark.parametrize("zone", ZONES)
def test_the_state_is_what_the_clock_on_the_wall_says(zone: str) -> None:
    @patient
    @given(schedules(zone))
    def compare(case: Case) -> None:
        schedule, moments = case
        for moment in moments:
            found = schedule.state_at(moment)
            assert found.kind.value == oracle.kind_at(schedule, moment), moment
            if found.until:
                # Until then nothing changes, and then it does.
                before = found.until - timedelta(minutes=1)
                assert found.until > moment
                assert oracle.kind_at(schedule, found.until) == found.then.value
                if before >= moment:
                    assert oracle.kind_at(schedule, before) == found.kind.value

    compare()


@pytest.mark.parametrize("zone", ZONES)
def test_the_next_change_is_found_by_looking_at_every_minute(zone: str) -> None:
    within = 26 * 60

    @settings(patient, max_examples=max(EXAMPLES // 5, 20))
    @given(schedules(zone))
    def compare(case: Case) -> None:
        schedule, moments = case
        expected = oracle.next_change(schedule, moments[0], within)
        found = schedule.state_at(moments[0]).until
        if found and found > moments[0] + timedelta(minutes=within):
            found = None
        assert found == expected

    compare()


@pytest.mark.parametrize("zone", ZONES)
def test_a_fortnight_of_spans_has_neither_gap_nor_fault(zone: str) -> None:
    @patient
    @given(schedules(zone), st.data())
    def compare(case: Case, data: st.DataObject) -> None:
        schedule, moments = case
        begins, ends = moments[0], moments[0] + timedelta(days=14)
        spans = schedule.spans(begins, ends)
        assert spans[0].begins == begins
        assert spans[-1].ends == ends
        for one, other in zip(spans, spans[1:], strict=False):
            assert one.ends == other.begins
            assert one.kind is not other.kind
        for span in spans:
            assert span.begins < span.ends
            minutes = int((span.ends - span.begins).total_seconds() // 60)
            inside = data.draw(st.integers(0, minutes - 1))
            for n in {0, minutes - 1, inside}:
                moment = span.begins + timedelta(minutes=n)
                assert oracle.kind_at(schedule, moment) == span.kind.value

    compare()
