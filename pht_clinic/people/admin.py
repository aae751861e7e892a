"""Users in the read-only admin."""

from django.contrib import admin

from pht_clinic.people.admin_site import ReadOnlyAdmin
from pht_clinic.people.models import User


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "role", "is_active", "is_staff", "joined_at", "last_login")
