"""The demo's Django settings: the product's, with the addresses, templates and words of these pages.

Whoever starts with them somewhere else is refused: they sign anybody in as anybody.
"""

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from pht_clinic import settings as product
from pht_clinic.settings import *  # noqa: F403 - every setting of the product, as Django reads them by name

if not (product.ONLY_INVENTED_PATIENTS and product.INSECURE_HTTP):
    raise ImproperlyConfigured(
        "pht_clinic.demo.tour.clinic_settings is for the demo alone: it needs ONLY_INVENTED_PATIENTS and "
        "INSECURE_HTTP, which hold on this machine only. A clinic starts with pht_clinic.settings."
    )

# The folder of the demo's data; what the pages and the process that runs the demo tell each other lies in it.
DEMO_FOLDER = Path(os.environ.get("DEMO_FOLDER") or product.BASE_DIR / "var")
# Where the mails are shown; "" where EMAIL_URL sends them elsewhere.
DEMO_INBOX_URL = os.environ.get("DEMO_INBOX_URL", "")
ROOT_URLCONF = "pht_clinic.demo.tour.urls"
_engine: dict[str, Any] = product.TEMPLATES[0]
_known = [*_engine["OPTIONS"]["context_processors"], "pht_clinic.demo.tour.context.demo"]
TEMPLATES = [
    {
        **_engine,
        "DIRS": [Path(__file__).with_name("templates"), *_engine["DIRS"]],
        "OPTIONS": {**_engine["OPTIONS"], "context_processors": _known},
    }
]
