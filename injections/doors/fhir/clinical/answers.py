"""The answers that count, and the pathway, as QuestionnaireResponse: one for each time, giver and place.

A place is an area with a side. Where any record names one, what is bound to a place stands in responses that name it
(an extension), for every place that it counts for, and what is about the person in responses without one. Where no
record names a place, all of it counts everywhere. So whoever asks about one place reads the responses that name it and
those that name none, and has what the rules judge there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from fhir.resources.R4B.extension import Extension
from fhir.resources.R4B.questionnaireresponse import (
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
)
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.body_sites import side_concept
from injections.doors.coded.concepts import own_concept
from injections.doors.coded.own import PLACE
from injections.doors.coded.questionnaire import CANONICAL, ITEMS, PATHWAY, SCREENING
from injections.doors.coded.questionnaire import QuestionnaireItem as Asked
from injections.doors.fhir.bundle import last_updated
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.clinical.questionnaire import GROUPS, answer_coding
from injections.doors.fhir.references import to, to_patient
from injections.doors.fhir.values import row_of
from injections.facts import values
from injections.facts.answers import SITE_BOUND, known_answers, newest_that_fits
from injections.facts.history import History, histories_about
from injections.models import Pathway, Screening
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import AREAS
from pht_clinic import clock
from pht_clinic.replica.scope import of_primary
from scheduling.models import Patient


@dataclass(frozen=True, slots=True)
class _Place:
    """Where answers count; "" is everywhere."""

    area: str = ""
    side: str = ""

    @property
    def name(self) -> str:
        """As it stands in an id."""
        return f"{self.area}-{self.side}" if self.area else "person"


_EVERYWHERE: Final = _Place()
_PLACES: Final = tuple(_Place(area, side) for area, side in product(AREAS, REQUEST_SIDES))


def answered_patients() -> QuerySet[Patient]:
    """The patients of whom answers or a pathway are recorded, and `changed_at`, when the newest was."""
    mine = Q(patient=OuterRef("pk")) | Q(patient__merged_into=OuterRef("pk"))
    newest = [
        Subquery(model.objects.filter(mine).order_by("-recorded_at").values("recorded_at")[:1])
        for model in (Screening, Pathway)
    ]
    return (
        Patient.objects.filter(merged_into=None).annotate(changed_at=Greatest(*newest)).filter(changed_at__isnull=False)
    )


def responses(rows: Sequence[Patient]) -> list[Resource]:
    """Those of these patients, one query for all of them. In an export too what rules read comes from the primary."""
    with of_primary():
        histories = histories_about(rows, now=clock.now())
    found: list[Resource] = []
    for row in rows:
        changed: datetime = getattr(row, "changed_at")  # noqa: B009 - an annotation, no field of the model
        made = list(_of_patient(histories[row.pk]))
        for one in made:
            one.meta = last_updated(changed)
        found += made
    return found


def patient_of_response(id_: str) -> int | None:
    """The number of the patient that an id leads to; None of an id that none can have."""
    number, _, rest = id_.partition("-")
    return row_of(number) if rest else None


def _of_patient(history: History) -> Iterator[QuestionnaireResponse]:
    rows = (*history.screenings, *history.pathways)
    if any(row.area for row in rows):
        yield from _answers(history, _EVERYWHERE, bound=False)
        for place in _PLACES:
            yield from _answers(history, place, bound=True)
            yield from _pathway(history, place)
    else:
        yield from _answers(history, _EVERYWHERE, bound=None)
        yield from _pathway(history, _EVERYWHERE)


def _answers(history: History, place: _Place, *, bound: bool | None) -> Iterator[QuestionnaireResponse]:
    """Those bound to the place, those that are not, or (None) all of them; the newest occasion first."""
    known = known_answers(history.screenings, place.area, place.side)
    for number, occasion in enumerate(known.occasions):
        said = {question: answer for question, answer in occasion if bound is None or (question in SITE_BOUND) is bound}
        items = [_item(ITEMS[question], answer.value) for question, answer in said.items() if question in ITEMS]
        if items:
            first = next(iter(said.values()))
            yield QuestionnaireResponse(
                **_head(history.patient, f"{place.name}-{first.row.pk}-{number}", place),
                authored=first.at,
                author=to_patient(history.patient) if first.by == _BY_PATIENT else elements.named(first.by),
                item=[_group(SCREENING, items)],
            )


_BY_PATIENT: Final = "patient"


def _pathway(history: History, place: _Place) -> Iterator[QuestionnaireResponse]:
    """The one that counts there. Why physiotherapy was not possible stands in it where a clinician said so."""
    row = newest_that_fits(history.pathways, place.area, place.side)
    said = _said(row) if row else {}
    items = [_item(ITEMS[question], value) for question, value in said.items()]
    if row and items:
        yield QuestionnaireResponse(
            **_head(history.patient, f"{place.name}-pathway-{row.pk}", place),
            authored=row.recorded_at,
            author=elements.person(row.recorded_by),
            item=[_group(PATHWAY, items)],
        )


def _said(row: Pathway) -> dict[str, Any]:
    facts = values.pathway(row)
    found = {asked.link_id: getattr(facts, asked.link_id) for asked in ITEMS.values() if asked.group == PATHWAY}
    return {question: value for question, value in found.items() if value not in (None, ())}


def _head(patient: Patient, name: str, place: _Place) -> dict[str, Any]:
    return {
        "id": f"{patient.pk}-{name}",
        "extension": _place(place) or None,
        "questionnaire": CANONICAL,
        "status": "completed",
        "subject": to("Patient", patient.pk),
    }


def _place(place: _Place) -> list[Extension]:
    """The area and the side, a concept each; nothing of what counts everywhere."""
    if not place.area:
        return []
    concepts = (own_concept("area", place.area), side_concept(place.side))
    return [Extension(url=PLACE, valueCodeableConcept=one) for one in concepts if one is not None]


def _group(group: str, items: list[QuestionnaireResponseItem]) -> QuestionnaireResponseItem:
    return QuestionnaireResponseItem(linkId=group, text=GROUPS[group], item=items)


def _item(asked: Asked, value: Any) -> QuestionnaireResponseItem:
    given = value if isinstance(value, list | tuple) else [value]
    return QuestionnaireResponseItem(linkId=asked.link_id, answer=[_answer(asked, one) for one in given])


def _answer(asked: Asked, value: Any) -> QuestionnaireResponseItemAnswer:
    """One value as the kind of its question has it."""
    if asked.choices:
        return QuestionnaireResponseItemAnswer(valueCoding=answer_coding(asked, value))
    plain: dict[str, Any] = {_OF_KIND[asked.kind]: Decimal(str(value)) if asked.kind == "decimal" else value}
    return QuestionnaireResponseItemAnswer(**plain)


_OF_KIND: Final = {"date": "valueDate", "decimal": "valueDecimal", "integer": "valueInteger", "string": "valueString"}
"""The element of an answer by the kind of its question."""
