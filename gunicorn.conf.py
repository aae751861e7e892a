"""What gunicorn reads where it is started: its own log holds as little of anybody as the clinic's.

Requests are not logged here, but by the proxy in front (docs/nginx.conf); who wants them here too sets
`--access-logfile -`. Either way the line is written by the clinic's formatter: no key of a link, no query string.
"""

_TO_STDERR = {"level": "INFO", "handlers": ["error_console"], "propagate": False}
_TO_STDOUT = {"level": "INFO", "handlers": ["console"], "propagate": False}

logconfig_dict = {
    "formatters": {"generic": {"()": "pht_clinic.web.logs.LineFormatter"}},
    "loggers": {"gunicorn.error": _TO_STDERR, "gunicorn.access": _TO_STDOUT},
}
# Address of whoever asks (the proxy), method, path, status, bytes, seconds: no query string, no referrer.
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(L)s"
