"""The state table says what it should, and nothing else is possible."""

import pytest

from injections.management import states_document
from injections.transitions import register_transitions
from scheduling.states import HOLDING, KEEPS_TIME, TRANSITIONS, Status, WrongState, can, check_can, check_transition

register_transitions()  # as the apps do when they are ready
ARROWS = list(TRANSITIONS.values())


def test_every_state_can_be_reached_and_every_arrow_has_somebody_who_may_take_it() -> None:
    """No state is an orphan, no arrow without an owner."""
    assert {arrow.target for arrow in ARROWS} - {None} == set(Status)
    assert all(arrow.by for arrow in ARROWS)


def test_every_state_that_holds_its_time_can_be_left() -> None:
    """A time is never held for ever."""
    for status in KEEPS_TIME:
        assert {arrow.target for arrow in ARROWS if arrow.source is status} - set(KEEPS_TIME)


def test_what_is_over_comes_back_only_by_an_undo() -> None:
    """Cancelled and missed visits return by undo; completed and erroneous ones never."""
    back = {
        (arrow.source, arrow.verb)
        for arrow in ARROWS
        if arrow.source not in KEEPS_TIME and arrow.source is not None and arrow.target in HOLDING
    }
    assert back == {(Status.CANCELLED, "undo"), (Status.NOSHOW, "undo")}


@pytest.mark.parametrize(
    ("verb", "source", "target"),
    [
        ("arrive", "pending", "arrived"),
        ("no-show", "arrived", "noshow"),
        ("move", "cancelled", "booked"),
        ("fulfil", "pending", "fulfilled"),
        ("confirm", "cancelled", "booked"),
        ("book", "booked", "booked"),
    ],
)
def test_an_arrow_that_is_not_in_the_table_is_refused(verb: str, source: str, target: str) -> None:
    """The refusal is a conflict with a sentence that can be shown."""
    with pytest.raises(WrongState):
        check_transition(verb, source, target)


def test_asking_and_checking_agree() -> None:
    """A button is offered exactly where pressing it is not refused."""
    for verb in {arrow.verb for arrow in ARROWS}:
        for status in Status:
            if can(verb, status):
                check_can(verb, status)
            else:
                with pytest.raises(WrongState):
                    check_can(verb, status)


def test_the_document_is_what_the_table_says() -> None:
    """docs/states.md was generated after the last change."""
    assert states_document.main(["--check"]) == 0
