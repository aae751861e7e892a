"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from pht_clinic import clock
from pht_clinic.start import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")

application = get_wsgi_application()
refuse_unsafe_start()
# models cannot be imported any earlier
from scheduling.clinic.details.since import note_settings  # noqa: E402

note_settings(now=clock.now())
