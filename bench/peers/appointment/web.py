"""Its addresses, and where the start of the server is awaited."""

import os

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.appointment.settings"
application = get_wsgi_application()


def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("appointment/", include("appointment.urls")), path("healthz", alive)]
