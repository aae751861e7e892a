"""The page that adds a target to what a visit is to inject, and its form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from injections import words
from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.booking.change_pages import back_to_visit, said_at_the_visit
from injections.safety.visit import Wanted
from injections.templatetags.injection_words import where
from injections.visit.targets import MoreTargets, add_targets, check_may_add_targets
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data, page
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment
from scheduling.states import Status


class TargetsForm(ClinicForm):
    """What is added, and where the visit has several injections at which; what is there already is no choice, where it
    has one.
    """

    hides_optional = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    injection = forms.TypedChoiceField(label="Which injection", coerce=int, widget=forms.RadioSelect)
    targets = forms.MultipleChoiceField(label="What to add", widget=forms.CheckboxSelectMultiple)
    override_reason = forms.CharField(
        label="Why a radiologist should look at it anyway (required)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, wanted: tuple[Wanted, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["targets"].error_messages["required"] = "Choose what to add."
        known = wanted[0].targets if len(wanted) == 1 else ()
        targets: Any = self.fields["targets"]
        targets.choices = words.choices(words.TARGETS, [one for one in words.TARGETS if one not in known])
        if len(wanted) == 1:
            del self.fields["injection"]
        else:
            several: Any = self.fields["injection"]
            several.choices = [(number, where(one)) for number, one in enumerate(wanted)]

    def more(self) -> MoreTargets:
        """What was typed, of a valid form."""
        typed = self.cleaned_data
        return MoreTargets(
            targets=tuple(typed["targets"]),
            injection=typed.get("injection", 0),
            override_reason=typed["override_reason"],
        )


def may_add_target(appointment: Appointment, *, by: Actor) -> bool:
    """Whether the visit injects, and something may be added to it now."""
    return KINDS[appointment.kind].injects and not why_not(check_may_add_targets, appointment, by=by, now=clock.now())


@permitted("add-target")
def targets_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What is added; the visit is judged afresh where it stands, and what is blocked changes nothing and says why."""
    found, refused = find_appointment(appointment_id), None
    now, by = clock.now(), actor_of(request.user)
    if not KINDS[found.kind].injects:
        return said_at_the_visit(request, found, "Nothing is injected at this visit: it has no targets.")
    if request.method == "GET" and (why := why_not(check_may_add_targets, found, by=by, now=now)):
        return said_at_the_visit(request, found, why)
    initial = {"revision": found.revision}
    form = TargetsForm(form_data(request), initial=initial, wanted=found.injection_request.wanted)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            outcome = add_targets(found.pk, form.more(), revision=form.cleaned_data["revision"], by=by, now=now)
            if outcome.appointment is not None:
                return back_to_visit(request, found.pk, _said(outcome.appointment, fate_of_news(found.pk, now=now)))
            refused = outcome.assessment
    context = {"form": form, "appointment": found, "refused": refused}
    context |= alerts_about(found.patient_id, by=by, now=now)
    return page(request, "injections/visit/targets.html", context, shows=[found.patient_id])


def _said(visit: Appointment, fate: str) -> str:
    if visit.status == Status.PENDING:
        return f"Added, and sent for review: it waits until a radiologist has decided. {fate}"
    return "Added. The visit was checked again and stays booked; the patient is told nothing."
