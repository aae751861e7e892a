"""Who did and who viewed what, for managers, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.periods import wall_to_utc
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from pht_clinic.web.pages.showing import page
from scheduling.audit.read import audit_entries
from scheduling.models import Patient

PER_PAGE = 50


class AuditForm(ClinicForm):
    """Which entries; the fields are called as in the API."""

    patient = forms.IntegerField(
        label="Patient’s number",
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="It stands in the address of the patient’s page.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
    )
    user = forms.ChoiceField(label="Who", required=False)

    def __init__(self, *args: Any, users: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = DateField(label="From", required=False)
        self.fields["to"] = DateField(label="To", required=False)
        who = self.fields["user"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 - declared above
        who.choices = [("", "Everybody"), *((str(user.pk), f"{user}") for user in users)]


@permitted("read-audit")
def audit(request: HttpRequest) -> HttpResponse:
    """One page of entries, with the names of the patients they are about."""
    form = audit_form(request.GET)
    rows = _matching(form.cleaned_data) if form.is_valid() else Entry.objects.none()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= 18:
        rows = rows.filter(pk__lt=int(before))
    entries = list(rows.order_by("-pk")[: PER_PAGE + 1])
    page_of = entries[:PER_PAGE]
    names = Patient.objects.in_bulk({pk for entry in page_of for pk in entry.patient_ids})
    context = {
        "form": form,
        "entries": [(entry, [names[pk] for pk in entry.patient_ids if pk in names]) for entry in page_of],
        "older": _older(request.GET, page_of[-1].pk) if len(entries) > PER_PAGE else "",
        "is_first": not before,
        "filters": _kept(request.GET).items(),
    }
    return page(request, "scheduling/audit/list.html", context, shows=names)


def audit_form(sent: QueryDict) -> AuditForm:
    """The filter, bound to what was sent."""
    return AuditForm(sent, users=list(User.objects.order_by("name", "email")))


def _matching(wanted: Mapping[str, Any]) -> QuerySet[Entry]:
    """The entries asked for; merged records of a patient count in."""
    return audit_entries(**edges_of(wanted))


def edges_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What `audit_entries` takes; both days are clinic-local and included."""
    return {
        "patient_id": wanted.get("patient") or None,
        "user_id": int(wanted["user"]) if wanted.get("user") else None,
        "since": _start_of(wanted["from"]) if wanted.get("from") else None,
        "until": _start_of(wanted["to"] + timedelta(days=1)) if wanted.get("to") else None,
    }


def _start_of(day: date) -> datetime:
    return wall_to_utc(day, time.min, clock.zone(), fold=0)


def _older(query: Mapping[str, Any], last: int) -> str:
    return urlencode({**_kept(query), "before": last})


def _kept(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: query[name] for name in ("patient", "user", "from", "to") if query.get(name)}
