"""Django's admin as a window: managers look at what is registered here, nobody changes anything."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

from pht_clinic.people.roles import MANAGER

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # of any model; takes no argument when run
    """Base of every model in the admin. Models that show patients stay out: the pages audit who looks."""

    actions = None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list offers as a filter: whoever may ask how a password begins reads it letter by letter."""
        return lookup.removesuffix("__exact") in self.list_filter

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_manager(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlySite(admin.AdminSite):
    """Refuses every request that is not a read, and every model that other apps would register."""

    site_header = site_title = "Clinic records, read-only"
    index_title = "Records"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register a model with a `ReadOnlyAdmin`; any other registration is ignored on purpose."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _is_manager(request)

    def admin_view(  # type: ignore[override]  # its name for the view is the stub's own
        self, view: Callable[..., Any], cacheable: bool = False
    ) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in _READING:
                raise PermissionDenied
            response: HttpResponseBase = inner(request, *args, **kwargs)
            return response

        return reading


def _is_manager(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.is_staff and request.user.role == MANAGER)
