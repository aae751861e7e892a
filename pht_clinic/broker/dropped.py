"""How many messages of the broker were dropped, for those who watch: one that beat did not write is somebody's."""

import logging

from django.db import Error, connections
from django.db.models import F

from pht_clinic.web.metrics import gauge
from pht_clinic.web.models import Tally

log = logging.getLogger(__name__)

_NAME = "broker-messages-dropped"


def count_dropped(why: str) -> None:
    """Count one, and say why, with nothing of what stood in it. A database that is away costs the count alone."""
    log.warning("a message of the broker is dropped: it %s", why)
    try:
        Tally.objects.get_or_create(name=_NAME)
        Tally.objects.filter(name=_NAME).update(number=F("number") + 1)
    except Error:
        log.warning("it could not be counted: the database does not answer")
    finally:
        connections.close_all()  # a worker's main process keeps none: its task processes would inherit it


@gauge("broker_messages_dropped", "Messages of the broker that were not beat's and were dropped, ever.")
def dropped() -> float:
    """How many, since the clinic began."""
    return float(Tally.objects.filter(name=_NAME).values_list("number", flat=True).first() or 0)
