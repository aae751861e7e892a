"""Sessions in the database; with a session comes, in the same statement, what the clinic says of itself: every page of
somebody who is signed in names it.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from pht_clinic.clinic_words import hold, read_along


class SessionStore(db.SessionStore):
    """Django's, but for what it reads along."""

    def _get_session_from_db(self) -> Any:
        # the words are the product's own SQL, and nothing that anybody sent
        along = RawSQL(read_along(), (), output_field=JSONField())  # nosec B611  # noqa: S611 - our own SQL
        rows = self.model.objects.annotate(clinic_words=along)
        found = rows.filter(session_key=self.session_key, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return None
        hold(found.clinic_words)
        return found
