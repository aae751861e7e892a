"""The injections of one visit in the steps of its procedure: what the panels before one say."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict

from injections.facts.drugs import drug_list
from injections.models import Injection
from injections.procedure.draft import Draft, Sent
from injections.procedure.listed import as_listed
from injections.procedure.several import as_given
from injections.procedure.steps.injection_form import InjectedForm, procedure_of
from injections.procedure.steps.order import INJECTION, kind_of_step, number_of, steps_of
from injections.procedure.values import Procedure
from scheduling.models import Appointment


def sent_again(kept: Sent | None) -> QueryDict:
    """What a step kept, as if it were sent again; a step that was left out sent nothing."""
    data = QueryDict(mutable=True)
    for name, values in (kept or {}).items():
        data.setlist(name, values)
    return data


def injected_form(appointment: Appointment, data: QueryDict | None) -> InjectedForm:
    """The form of one injection of this visit."""
    return InjectedForm(data, drugs=drug_list(), is_one_of_several=len(appointment.injection_request.wanted) > 1)


def before(step: str, appointment: Appointment, draft: Draft) -> list[Procedure]:
    """What the finished panels before this one say, as far as it makes sense; nothing for any other step."""
    if kind_of_step(step) != INJECTION:
        return []
    found = []
    for name in steps_of(appointment):
        if kind_of_step(name) == INJECTION and number_of(name) < number_of(step) and name in draft.finished:
            form = injected_form(appointment, sent_again(draft.steps[name]))
            form.is_valid()
            found.append(as_listed(procedure_of({INJECTION: form.cleaned_data}, number_of(name)), form.drugs))
    return found


def given_before(procedures: Sequence[Procedure]) -> list[Injection]:
    """What was given by these, for the sums of the day."""
    return [as_given(procedure) for procedure in procedures if procedure.was_given]
