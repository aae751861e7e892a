"""What was decided before: on one appointment, and on each rule over the whole clinic."""

from datetime import timedelta

from injections.review.past_decisions import Overridden, earlier_decisions, overrides_of
from tests.clinic import Clinic
from tests.injections.review.test_decide import START, decide_on, in_review_zone, too_early


def test_each_rule_is_counted_where_it_stood_and_where_it_was_overridden(clinic: Clinic) -> None:
    """A question decides nothing. Where it did not stand as critical there was nothing to override."""
    rules = ["repeat-interval", "repeat-number", "pregnancy"]
    assert overrides_of([]) == {}
    assert overrides_of(rules) == dict.fromkeys(rules, Overridden(0, 0))
    overridden, asked = too_early(clinic), too_early(clinic, "Cole", START + timedelta(hours=1))
    approved = in_review_zone(clinic, "Dunn", START + timedelta(hours=2))
    decide_on(overridden, clinic, "override", reason_code="other")
    decide_on(asked, clinic, "ask")
    decide_on(approved, clinic, "approve")
    assert overrides_of(rules) == {
        "repeat-interval": Overridden(decided=1, overridden=1),
        "repeat-number": Overridden(decided=0, overridden=0),
        "pregnancy": Overridden(decided=0, overridden=0),
    }


def test_the_decisions_of_one_visit_are_listed_newest_first(clinic: Clinic) -> None:
    case, other = in_review_zone(clinic), too_early(clinic, "Cole", START + timedelta(hours=1))
    made = [decide_on(case, clinic, outcome) for outcome in ("ask", "ask", "approve")]
    theirs = decide_on(other, clinic, "ask")
    assert earlier_decisions(case.pk) == made[::-1]
    assert earlier_decisions(other.pk) == [theirs]
    assert [str(one.by) for one in earlier_decisions(other.pk)] == ["radiologist"]
