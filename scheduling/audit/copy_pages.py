"""The copy of the trail that a patient may be given, to be printed or kept as a file of the browser."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from pht_clinic.web.pages.showing import form_data, page
from scheduling.audit.copy import lines_about
from scheduling.audit.forms import check_order, start_of
from scheduling.diary.read import the
from scheduling.models import Patient


class LooksCopyForm(ClinicForm):
    """From which day to which; both are clinic-local and included, and nothing means from the first, to the last."""

    first = DateField(label="From", required=False)
    last = DateField(label="To", required=False)

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        check_order(self, cleaned, "first", "last")
        return cleaned


@permitted("read-audit", is_export=True)
def audit_copy(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A form for the days; sent, the copy. It is made by a POST, as it stands on the trail that it was."""
    patient = the(Patient.objects.select_related("merged_into"), patient_id).kept
    form = LooksCopyForm(form_data(request))
    lines = None
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        lines = lines_about(
            patient.pk,
            since=start_of(first) if first else None,
            until=start_of(last + timedelta(days=1)) if last else None,
        )
        days = {"from": first and first.isoformat(), "to": last and last.isoformat()}
        record("audit-copy-made", by=actor_of(request.user), now=clock.now(), patients=[patient.pk], detail=days)
    context = {"patient": patient, "form": form, "lines": lines}
    return page(request, "scheduling/audit/copy.html", context, shows=[patient.pk])
