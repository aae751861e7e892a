"""The connection that Django looks for here."""

from typing import Any

from django.db.backends.postgresql import base

from pht_clinic.watching.counts import CONNECT_SECONDS


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with a watch on how long a new connection takes, whether it comes about or not."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        with CONNECT_SECONDS.time():
            return super().get_new_connection(conn_params)
