"""The injections of one visit, as they are recorded together: one procedure of each, and what is said of which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from injections.assessment.verdict import json_able
from injections.facts.drugs import DrugList
from injections.facts.history import History
from injections.models import Injection
from injections.procedure.remarks import as_done, gate_remarks, given_on_that_day, injection_remarks
from injections.procedure.values import Procedure
from injections.safety.sites import area_of
from injections.safety.visit import Wanted, doubled
from pht_clinic.errors import FieldError, Invalid
from scheduling.models import Appointment

OF_THE_VISIT: Final = (*("checked_today", "consent", "checked_at", "complications", "time_out_with", "sign_out_with"),)
"""What is said once of a visit, however many injections it has: the first step of its pointer."""


def one_of_each(procedures: Sequence[Procedure], appointment: Appointment) -> tuple[Procedure, ...]:
    """The procedures of a visit, one of each of its injections; a single one that gave nothing is that of all.

    Raises: Invalid (one is missing, or there are too many).
    """
    wanted = appointment.injection_request.wanted
    many = len(wanted)
    if len(procedures) == 1 and not procedures[0].was_given:
        return tuple(replace(procedures[0], number=number) for number in range(many))
    if sorted(one.number for one in procedures) != list(range(many)):
        said = "one injection" if many == 1 else f"{many} injections"
        raise Invalid.field("injections", f"This visit has {said}: say once for each what was done.")
    each = sorted(procedures, key=lambda one: one.number)
    return tuple(each) if many == 1 else _of_one_visit(each, wanted)


def _of_one_visit(each: Sequence[Procedure], wanted: Sequence[Wanted]) -> tuple[Procedure, ...]:
    """With one consent that names each place; complications of the visit stand with the first that was given."""
    first = next((one for one in each if one.was_given), each[0])
    places = [{"site": one.site, "side": one.side} for one in wanted]
    return tuple(
        replace(
            one,
            consent={**one.consent, "places": places} if one.consent else one.consent,
            complications=one.complications if one is first else "",
        )
        for one in each
    )


def pointed(problems: Iterable[FieldError], procedure: Procedure, appointment: Appointment) -> list[FieldError]:
    """These problems of one procedure; at a visit with several injections those of its own point into it."""
    if len(appointment.injection_request.wanted) == 1:
        return list(problems)
    return [
        problem
        if problem.pointer.split("/")[1] in OF_THE_VISIT
        else FieldError(f"#/injections/{procedure.number}/{problem.pointer.removeprefix('#/')}", problem.detail)
        for problem in problems
    ]


def remarks_of_each(
    each: Sequence[Procedure], history: History, drugs: DrugList, *, now: datetime
) -> Iterator[tuple[Procedure, list[FieldError]]]:
    """Each procedure with what is out of the ordinary about it: the checks and the consent of the visit with the first
    that was given, the doses with what was given before it on that day.
    """
    before: list[Injection] = []
    for procedure in each:
        gates = gate_remarks(procedure, now=now) if not before else []
        earlier = [*given_on_that_day(procedure, history), *before]
        yield procedure, [*gates, *injection_remarks(procedure, earlier, drugs)]
        if procedure.was_given:
            before.append(as_given(procedure))


def as_given(procedure: Procedure) -> Injection:
    """What was given by a procedure that is not stored yet, as far as the sums of the day ask."""
    return Injection(
        drug=procedure.drug,
        steroid=procedure.steroid,
        dose_mg=procedure.dose_mg,
        strength_mg_ml=procedure.strength_mg_ml,
        batch=procedure.batch,
        expires_on=procedure.expires_on,
        local_anaesthetic=json_able(procedure.local_anaesthetic),
        listed_drug=procedure.listed_drug,
        listed_anaesthetic=procedure.listed_anaesthetic,
    )


def places_once(each: Sequence[Procedure], appointment: Appointment) -> list[FieldError]:
    """No area and side is injected twice at one visit: that is one injection with several targets."""
    given = [procedure for procedure in each if procedure.was_given]
    done = [as_done(procedure, appointment) for procedure in given]
    places = [(area_of(one.site or "") or "", one.side or "") for one in done]
    return [
        FieldError(
            f"#/injections/{given[later].number}/side",
            f"Injection {given[first].number + 1} was given in this area and side already: that is one injection.",
        )
        for later, first in doubled(places).items()
    ]
