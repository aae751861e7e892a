"""The box of a drug that is in use today: said by whoever draws up, and what the next form opens with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from injections.facts.drugs import boxes_in_use
from injections.models import DrugBox
from injections.procedure.drugs.boxes import use_box
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid, Missing
from tests.api_world import World
from tests.clinic import Clinic
from tests.pages_world import Browser

TODAY = date(2026, 3, 2)


def test_whoever_draws_up_says_which_box_is_in_use_today(world: World, radiologist: Browser) -> None:
    drug = world.clinic.drug()
    said = radiologist.get("drug-box", drug.pk)
    assert "It counts for 2 March 2026." in said
    said = radiologist.post("drug-box", drug.pk, data={"batch": "AB 1", "expires_on": "31 1 2027"})
    assert "The box of Methylprednisolone 40 mg/ml is in use today." in said
    assert "AB 1, expires 31 January 2027" in said
    assert "Change the box" in said
    assert "In use since 09:00: AB 1, expires 31 January 2027 (radiologist)." in radiologist.get("drug-box", drug.pk)
    entry = Entry.objects.get(verb="box-in-use")
    assert (entry.subject, entry.detail) == (f"drug:{drug.pk}", {"batch": "AB 1"})


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"batch": " "}, "batch", "Enter the batch."),
        ({"batch": "AB\u202e1"}, "batch", "this"),
        ({"batch": "AB 1", "expires_on": "1 3 2026"}, "expires_on", "his box was good until 1 March 2026"),
        ({"batch": "AB 1", "expires_on": "soon"}, "expires_on", "nter a date such as"),
    ],
)
def test_a_box_that_cannot_be_used_is_refused_at_its_field(
    world: World, radiologist: Browser, typed: dict[str, str], field: str, sentence: str
) -> None:
    said = radiologist.post("drug-box", world.clinic.drug().pk, data=typed, expect=422)
    assert sentence in said
    assert f'href="#id_{field}"' in radiologist.html
    assert not DrugBox.objects.exists()


def test_a_box_counts_on_its_day_the_newest_first_and_is_good_on_its_last_day(clinic: Clinic) -> None:
    """The day is the clinic's; the same box said again is one row."""
    drug, who = clinic.drug(), {"by": clinic.radiologist, "now": clinic.now}
    for batch in ("A", "B", "B"):
        use_box(drug.pk, batch, TODAY, **who)
    assert DrugBox.objects.count() == 2
    assert boxes_in_use(TODAY)[drug.pk].batch == "B"
    assert not boxes_in_use(TODAY + timedelta(days=1))
    with pytest.raises(Invalid):
        use_box(drug.pk, "C", TODAY - timedelta(days=1), **who)
    with pytest.raises(Missing):
        use_box(987654321, "C", None, **who)


def test_the_database_takes_no_box_without_a_batch(clinic: Clinic) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DrugBox.objects.create(drug=clinic.drug(), on=TODAY, batch="", recorded_at=clinic.now)
