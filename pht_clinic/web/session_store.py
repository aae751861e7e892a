"""Sessions in the database; with a session comes, in the same statement, what the clinic says of itself, which every
page of somebody who is signed in names, and whether there is anything that not everybody may open.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.db.models import BooleanField, JSONField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from pht_clinic.clinic_words import hold, read_along
from pht_clinic.web.access import spared_by


class SessionStore(db.SessionStore):
    """Django's, but for what it reads along. `is_spared`: the questions of `access.ask_also` need not be asked."""

    is_spared = False

    def _get_session_from_db(self) -> Any:
        # the words are the product's own SQL, and nothing that anybody sent
        along = RawSQL(read_along(), (), output_field=JSONField())  # nosec B611  # noqa: S611 - our own SQL
        spared = RawSQL(spared_by(), (), output_field=BooleanField())  # nosec B611  # noqa: S611 - our own SQL
        rows = self.model.objects.annotate(clinic_words=along, is_spared=spared)
        found = rows.filter(session_key=self.session_key, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return None
        hold(found.clinic_words)
        self.is_spared = found.is_spared
        return found
