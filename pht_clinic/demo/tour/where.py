"""Where the demo keeps its data and shows its mails, as `clinic_settings.py` says; the product has no such settings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings

_FOLDER: Final = "DEMO_FOLDER"
_INBOX: Final = "DEMO_INBOX_URL"


def folder() -> Path:
    """The folder of the demo's data."""
    return Path(getattr(settings, _FOLDER))


def inbox_url() -> str:
    """The address of its inbox, "" where mails go elsewhere."""
    return str(getattr(settings, _INBOX))
