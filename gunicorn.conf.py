"""What gunicorn reads where it is started: its own log holds as little of anybody as the clinic's.

Requests are not listed here, but by the proxy in front (docs/running/nginx/nginx.conf); who wants them here too sets
`--access-logfile -`. Either way the line is written by the clinic's formatter: no key of a link, no query string.
"""

import os
from typing import Any

from gunicorn.glogging import Logger

from pht_clinic.web.logs import format_wanted, formatter


class _Lines(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(formatter(format_wanted(os.environ)))


logger_class = _Lines
# Address of whoever asks (the proxy), method, path, status, bytes, seconds: no query string, no referrer.
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(L)s"
# Answers what cannot be read as the clinic answers every other error.
worker_class = "pht_clinic.start.web_worker.Worker"
threads = 8
