"""Every address of the project."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from injections.worklists.home import home
from pht_clinic.web import health
from pht_clinic.web.api.schema import Docs, Schema

# Signs in through allauth, so its limits and the second factor hold there too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's documented way

handler400 = "pht_clinic.web.pages.error_pages.bad_request"
handler403 = "pht_clinic.web.pages.error_pages.forbidden"
handler404 = "pht_clinic.web.pages.error_pages.not_found"
handler429 = "pht_clinic.web.pages.error_pages.too_many_requests"
handler500 = "pht_clinic.web.pages.error_pages.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
    path("account/", include("pht_clinic.web.urls")),
    path("admin/", admin.site.urls),
    path("api/docs/", Docs.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/schema/", Schema.as_view(), name="schema"),
    path("api/v1/", include("scheduling.api_urls")),
    path("api/v1/", include("injections.api_urls")),
    path("fhir/R4/", include("injections.doors.fhir.urls")),
    path("", include("scheduling.urls")),
    path("", include("injections.urls")),
]
