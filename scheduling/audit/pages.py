"""Who did and who viewed what, for managers, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.audit.changes import FieldChange, changes_of
from scheduling.audit.forms import AuditForm, edges_of, kept
from scheduling.audit.read import audit_entries, page_of_entries, place_after, stored_apart
from scheduling.models import Patient
from scheduling.patients.forms import SearchForm
from scheduling.patients.search import search_patients

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry as the page prints it; `stored_at` only where it says another time than the database took it at."""

    entry: Entry
    stored_at: datetime | None
    patients: list[Patient]
    changes: Collection[FieldChange]


@permitted("read-audit")
def audit(request: HttpRequest) -> HttpResponse:
    """One page of entries, with the names of the patients they are about and what each changed."""
    form = audit_form(request.GET)
    rows = audit_entries(**edges_of(form.cleaned_data)) if form.is_valid() else Entry.objects.none()
    entries, more = page_of_entries(rows, before=request.GET.get("before", ""), size=PER_PAGE)
    chosen = form.cleaned_data.get("patient")
    names = Patient.objects.in_bulk({chosen, *(pk for entry in entries for pk in entry.patient_ids)} - {None})
    filters = kept(request.GET)
    context = {
        "form": form,
        "find": SearchForm(),
        "entries": _shown(entries, names),
        "chosen": names.get(chosen),
        "without_patient": urlencode(filters | {"patient": ""}),
        "newest": urlencode(filters),
        "older": urlencode({**filters, "before": place_after(entries[-1])}) if more else "",
        "is_first": "before" not in request.GET,
        "filters": filters.items(),
    }
    return page(request, "scheduling/audit/list.html", context, shows=names)


@permitted("read-audit")
def audit_patients(request: HttpRequest) -> HttpResponse:
    """Whose entries are looked for, by whatever is known of the patient. A POST: no name stands in an address.

    The only one found is led to at once; the other filters go on with it.
    """
    form = SearchForm(request.POST or None)
    filters = {name: value for name, value in kept(request.POST).items() if name != "patient"}
    found, is_cut = None, False
    if request.method == "POST" and form.is_valid():
        searched = search_patients(form.cleaned_data["text"], today=clock.local_date(clock.now()))
        found, is_cut = searched.patients, searched.is_cut
    if found is not None and len(found) == 1:
        return redirect(f"{reverse('audit-list')}?{urlencode({**filters, 'patient': found[0].pk})}")
    context = {"form": form, "found": found, "is_cut": is_cut, "filters": filters.items(), "query": urlencode(filters)}
    return page(request, "scheduling/audit/patients.html", context, shows=[one.pk for one in found or ()])


def audit_form(sent: QueryDict) -> AuditForm:
    """The filter, bound to what was sent."""
    return AuditForm(sent, users=list(User.objects.order_by("name", "email")))


def _shown(entries: Collection[Entry], names: Mapping[int, Patient]) -> list[ShownEntry]:
    changes = _what_changed(entries)
    return [
        ShownEntry(
            entry,
            stored_apart(entry),
            [names[pk] for pk in entry.patient_ids if pk in names],
            changes.get(entry.pk, ()),
        )
        for entry in entries
    ]


def _what_changed(entries: Collection[Entry]) -> Mapping[int, Collection[FieldChange]]:
    """By the id of an entry what it changed, each field with its value before and after. One place reads them all."""
    return changes_of(entries)
