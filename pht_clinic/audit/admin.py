"""Audit rows in the read-only admin."""

from django.contrib import admin

from pht_clinic.audit.models import Entry
from pht_clinic.people.admin_site import ReadOnlyAdmin


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "verb", "subject", "patient_ids", "request_id")
    list_filter = ("verb", "actor_kind")
    search_fields = ("subject", "request_id")
    list_select_related = False
    show_full_result_count = False
    fields = ("at", "actor_kind", "actor_name", "verb", "subject", "patient_ids", "request_id")
