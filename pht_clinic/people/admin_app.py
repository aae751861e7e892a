"""Registers Django's admin with our site, in which nothing can be changed."""

from django.contrib.admin.apps import AdminConfig


class ReadOnlyAdminConfig(AdminConfig):
    default_site = "pht_clinic.people.admin_site.ReadOnlySite"
