"""All that is recorded of one procedure, on a page that prints on one sheet; and adding what came of it later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections import words
from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.models import Complication, Incident, Injection
from injections.patient.recording import say_what_followed, who_and_when
from injections.procedure.complications import Noticed, add_complication, given_at_visit
from injections.procedure.next_dates import After, after_all
from injections.procedure.reasons import INCIDENT_REASONS
from injections.procedure.technique import said_of
from injections.procedure.versions import versions_of
from injections.safety.gates import CHECKED_TODAY
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from pht_clinic.web.pages.showing import page
from scheduling.models import Appointment

_CHECKED = {True: "Yes", False: "No", "not-applicable": "Does not apply", None: "Not answered"}


class ComplicationForm(ClinicForm):
    """What happened, how bad it was, and when it was noticed."""

    kind = forms.ChoiceField(label="What happened", widget=forms.RadioSelect, choices=Complication.Kind.choices)
    severity = forms.ChoiceField(
        label="How severe it was", widget=forms.RadioSelect, choices=Complication.Severity.choices
    )
    on = DateField(label="Day on which it was noticed")
    note = forms.CharField(label="In words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


@permitted("read-records")
def report(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Everything that is recorded of the procedure as it stands, of each injection, corrections old beside new."""
    found = find_appointment(appointment_id)
    recorded = _recorded(found, now=clock.now())
    of_visit = next((one.stands for one in recorded if one.was_given), recorded[0].stands)
    asked = {**words.CONSENT, **words.CONSENT_MORE}
    context = {
        "appointment": found,
        "recorded": recorded,
        "injection": of_visit,
        "was_given": of_visit.status in Injection.GIVEN,
        "checks": [(words.CHECKS_TODAY[name], _CHECKED[of_visit.checked_today.get(name)]) for name in CHECKED_TODAY],
        "consent": [(label, _CHECKED[of_visit.consent.get(name)]) for name, label in asked.items()],
        "how": words.RISKS_GIVEN.get(of_visit.consent.get("how", ""), ""),
        "precautions": [words.PRECAUTIONS[code] for code in of_visit.precautions],
        "complications": found.complications.select_related("recorded_by"),
        "incidents": _incidents(found),
        "reasons": INCIDENT_REASONS,
        **alerts_about(found.patient_id, **who_and_when(request)),
        "about": "injections/assessment/_alerts_screen.html",
    }
    return page(request, "injections/procedure/report.html", context, shows=[found.patient_id])


def _incidents(appointment: Appointment) -> QuerySet[Incident]:
    rows = Incident.objects.filter(injection__appointment=appointment)
    return rows.select_related("recorded_by", "injection").order_by("pk")


@dataclass(frozen=True, slots=True)
class OnReport:
    """What is recorded of one injection of a visit: the row that stands, or says that it was withdrawn, those before it
    and what follows it.
    """

    stands: Injection
    earlier: list[Injection]
    technique: list[tuple[str, str]]
    after: After

    @property
    def was_given(self) -> bool:
        return self.stands.status in Injection.GIVEN


def _recorded(appointment: Appointment, *, now: datetime) -> list[OnReport]:
    """Each injection of a visit that anything is recorded of. Raises: Missing."""
    found = []
    for *earlier, stands in versions_of(appointment):
        given = [stands] if stands.status in Injection.GIVEN else []
        found.append(OnReport(stands, earlier, said_of(stands.technique), after_all(given, now=now)))
    return found


@permitted("record-complication")
def complication(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Something came of it: added to what stands, and somebody phones."""
    found = find_appointment(appointment_id)
    given = given_at_visit(found)
    form = ComplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = add_complication(found.pk, Noticed(**form.cleaned_data), **who_and_when(request))
            messages.success(request, "The complication is recorded, and the patient is on the call list.")
            say_what_followed(request, done.reassessed)
            return redirect("procedure-report", appointment_id=found.pk)
    alerts = alerts_about(found.patient_id, **who_and_when(request))
    context = {"form": form, "appointment": found, "given": given, **alerts}
    return page(request, "injections/procedure/complication.html", context, shows=[found.patient_id])
