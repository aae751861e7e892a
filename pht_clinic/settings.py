"""Every setting of the project, read from the environment, top to bottom.

What is _required has no default: a start without it stops and names all that is missing. An empty database that
answers "no earlier injections" would be dangerous, and so would an invented phone number in a patient's safety net.
"""

import logging
import os
import ssl
import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from pht_clinic.broker.queues import QUEUE_OF, QUEUES, UPKEEP
from pht_clinic.web.logs import FORMATS, format_wanted

BASE_DIR = Path(__file__).resolve().parent.parent
# The release, or the one that follows: CHANGELOG.md says what is in it.
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
_problems: list[str] = []
# What each variable was read as, and whether the environment gave it: what managers see of it is `start/listed.py`'s.
READ_OF_ENVIRONMENT: dict[str, tuple[object, bool]] = {}


class _Env(environ.Env):
    """The environment; what cannot be read of it is named with everything else that is wrong."""

    def get_value(self, var: str, cast: Any = None, default: Any = None, parse_default: bool = False) -> Any:
        """As the library's, but for a number that is none and a yes that is neither yes nor no."""
        value = self._read(var, cast, default, parse_default)
        READ_OF_ENVIRONMENT[var] = (value, bool(self.ENVIRON.get(var)))
        return value

    def _read(self, var: str, cast: Any, default: Any, parse_default: bool) -> Any:
        given = self.ENVIRON.get(var, "")
        if cast is bool and given and given.lower() not in _YES_OR_NO:
            _problems.append(f"{var} is neither true nor false: {given!r}.")
            return default
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError:
            _problems.append(f"{var} is not a number: {given!r}.")
            return default


_YES_OR_NO = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "no", "n", "0"}
env = _Env()  # type: ignore[no-untyped-call]  # it has no types
# A blank variable is one that is not set; BANK_HOLIDAYS alone says something by being empty.
env.ENVIRON = {  # type: ignore[assignment]  # any mapping will do
    name: value for name, value in os.environ.items() if value.strip() or name == "BANK_HOLIDAYS"
}


def _required(name: str, what: str) -> str:
    value: str = env.str(name, default="")
    if not value:  # the last lines of this file stop the start
        _problems.append(f"{name} is not set and has no default: {what}.")
    return value


def _postgresql(name: str, url: str) -> dict[str, Any]:
    if not url:
        return {}
    try:
        database: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:  # it would print the password
        database = {}
    if database.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must be a postgresql:// address: no other database is supported.")
    return database


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # the checks say so
        return None


def _nobody_is_real(said: str, base: str) -> bool:
    if said and said != "nobody here is real":
        _problems.append('ONLY_INVENTED_PATIENTS is not "nobody here is real": leave it out where somebody may be.')
    elif said and _host_of(base) not in ("localhost", "127.0.0.1", "::1"):
        _problems.append("ONLY_INVENTED_PATIENTS is set, but PUBLIC_BASE_URL leads to others than this machine.")
    return bool(said)


def _mail_server(url: str) -> dict[str, Any]:
    try:
        server: dict[str, Any] = environ.Env.email_url_config(url)
    except (ImproperlyConfigured, ValueError, KeyError):
        server = {}
    if not server.get("EMAIL_HOST") or server["EMAIL_BACKEND"] != "django.core.mail.backends.smtp.EmailBackend":
        _problems.append("EMAIL_URL is not the smtp:// or smtp+tls:// address of a mail server.")
    return server


def _second_factor_keys(text: str) -> list[str]:
    keys = [key.strip() for key in text.split(",")] if text else []
    if any(len(key) < 32 for key in keys):
        _problems.append("SECOND_FACTOR_KEYS holds a key that is too short: at least 32 random characters each.")
    return keys


def _networks(name: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(one.strip()) for one in env.list(name, default=[])]
    except ValueError:
        _problems.append(f"{name} is not a list of networks, as 203.0.113.0/24 or 2001:db8:12::/48.")
        return []


def _metrics_folder(folder: str, token: str) -> str:
    """The library of Prometheus reads where to count from the environment, when it is first imported."""
    if token and not folder.startswith("/"):
        _problems.append(f"METRICS_FOLDER must be an absolute path: no process knows where another stands: {folder!r}.")
    elif token:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError:
            _problems.append(f"METRICS_FOLDER cannot be made: {folder!r}.")
        else:
            if not os.access(folder, os.W_OK | os.X_OK):
                _problems.append(f"METRICS_FOLDER cannot be written to: {folder!r}.")
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def _address(name: str, given: str, *, needs_key: bool = False) -> str:
    url = given.strip()
    try:
        read = urlsplit(url)
        is_whole = read.scheme in ("http", "https") and read.hostname and (read.username or not needs_key)
        is_whole = is_whole and (not needs_key or read.path.rpartition("/")[2].isdigit())
    except ValueError:
        is_whole = False
    if url and not is_whole:  # it holds a key, so it is not shown
        _problems.append(f"{name} is not an https:// address{', as https://key@host/number' if needs_key else ''}.")
    return url


def _broker(url: str) -> str:
    if url and not url.startswith(("redis://", "rediss://", "redis+socket://", "sentinel://")):
        _problems.append("REDIS_URL is not a redis:// address.")
    return url


# -- The start ---------------------------------------------------------------------------------------

# Signs sessions and links, encrypts what is kept of typed work. At least 50 random characters. A changed one signs
# everybody out, and nobody can read any more what was kept; SECRET_KEY_FALLBACKS spare both.
SECRET_KEY = _required("SECRET_KEY", "the key that signs sessions and links")
# Earlier keys that are still accepted while they are being replaced, separated by commas.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Stops every start when it is on: error pages would show the code's values.
DEBUG = env.bool("DEBUG", default=False)
# The address under which people reach the clinic; links in mails start with it.
PUBLIC_BASE_URL = _required("PUBLIC_BASE_URL", "the address that links in emails start with").rstrip("/")
# What a demo, tests and measurements say of themselves, word for word: "nobody here is real". They alone may run
# without encryption, with a shifted clock or in the owner's role, and on this machine only.
ONLY_INVENTED_PATIENTS = _nobody_is_real(env.str("ONLY_INVENTED_PATIENTS", default=""), PUBLIC_BASE_URL)
# Plain HTTP for a demo or tests on one machine: no redirect to HTTPS, no Secure cookies, no HSTS.
INSECURE_HTTP = env.bool("INSECURE_HTTP", default=False)
# Host names that are answered, separated by commas; by default that of PUBLIC_BASE_URL.
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[_host_of(PUBLIC_BASE_URL) or "localhost"] + (["localhost", "127.0.0.1", "[::1]"] if INSECURE_HTTP else []),
)
# How many proxies of ours stand in front and set X-Forwarded-For and X-Forwarded-Proto; 0 ignores both.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# The header in which that proxy gives each request its id; without it every id is our own. Only where a proxy stands in
# front, which has to set it itself: else whoever asks would choose what the log and the audit trail call their request.
REQUEST_ID_HEADER = env.str("REQUEST_ID_HEADER", default="").strip()
# The clinic's own networks, separated by commas: what is done from one is marked so on the audit trail.
CLINIC_NETWORKS = _networks("CLINIC_NETWORKS")

INSTALLED_APPS = [
    "pht_clinic.web",  # before the others: its templates win
    "pht_clinic.people",
    "pht_clinic.audit",
    "pht_clinic.backup",
    "pht_clinic.clinics",
    "scheduling",
    "injections",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "pht_clinic.people.admin_app.ReadOnlyAdminConfig",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    # around everything: what any of them refuses counts too
    "pht_clinic.watching.requests.CountedRequests",
    # outermost: what they add must be on every answer, also on one of SecurityMiddleware's own
    "pht_clinic.web.middleware.Envelope",
    "pht_clinic.web.middleware.UntrustedProxy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # around every answer to another system's page, refusals too
    "injections.doors.cds_hooks.cross_origin.ListedOrigins",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # around all that may answer a patient, refusals of the gate too
    "injections.patient_link.own_language.OwnLanguage",
    "pht_clinic.web.middleware.RequestGate",
    "pht_clinic.web.middleware.OneInstant",
    # around all that refuses, and outside of every transaction
    "pht_clinic.web.refused.NotedRefusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pht_clinic.web.signing_in.session_age.SessionAge",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pht_clinic.web.middleware.NoStore",
    "pht_clinic.web.signing_in.own_password.OwnPassword",
    "pht_clinic.web.signing_in.second_factor.asking.SecondFactor",
    "pht_clinic.web.viewing.OneViewRow",
    "pht_clinic.web.middleware.Refusals",
    "pht_clinic.web.typed_work.middleware.TypedWork",
]
ROOT_URLCONF = "pht_clinic.urls"
WSGI_APPLICATION = "pht_clinic.wsgi.application"
# A POST to an address without its slash is an unknown address, never a redirect that loses the body; a look is led on
# (error_pages.not_found).
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "pht_clinic" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pht_clinic.web.pages.context.clinic",
                "pht_clinic.web.pages.context.session",
            ],
            # `csrf_token` of ours: no form can forget the note that says for whom it was made.
            "builtins": ["pht_clinic.web.templatetags.form_tokens"],
            # Above the topics whose pages show a visit, so not among the tags that these import.
            "libraries": {"action_tags": "injections.visit.action_tags"},
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- Database ----------------------------------------------------------------------------------------

# How long an idle connection of a thread is kept, in seconds; each is checked before it is used again.
DATABASE_KEEP_SECONDS = env.int("DATABASE_KEEP_SECONDS", default=300)
# Whether DATABASE_URL leads to a pooler that gives each transaction a connection of its own, as PgBouncer does in
# transaction mode: then nothing is prepared, no cursor is left open, and DATABASE_LIMITS have to stand at the role.
DATABASE_BEHIND_POOLER = env.bool("DATABASE_BEHIND_POOLER", default=False)
DATABASE_LIMITS = {
    # who waits longer for somebody else's transaction is told to come back (503)
    "lock_timeout": "3s",
    # no page and no task step is worth half a minute of the database
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
}
"""In PostgreSQL's own form of each. A pooler does not hand on what a client asks for at its start."""
# No name of ours is ever looked up where somebody else could put one; behind a pooler the database's own path, which
# `migrate` sets, says the same.
_SEARCH_PATH = {"search_path": "pg_catalog,public,pg_temp"}


def _with_limits(database: dict[str, Any]) -> dict[str, Any]:
    options = {**database.get("OPTIONS", {}), "connect_timeout": 3}
    if DATABASE_BEHIND_POOLER:
        return {**database, "OPTIONS": options, "DISABLE_SERVER_SIDE_CURSORS": True}
    asked = {**DATABASE_LIMITS, **_SEARCH_PATH}
    options["options"] = " ".join(f"-c {name}={value}" for name, value in asked.items())
    return {**database, "OPTIONS": options}


DATABASES: dict[str, dict[str, Any]] = {
    # The application's role: may not change append-only tables, owns nothing.
    "default": {
        **_with_limits(
            _postgresql(
                "DATABASE_URL", _required("DATABASE_URL", "the postgresql:// address with the application's role")
            )
        ),
        "ENGINE": "pht_clinic.watching.database",
        "CONN_MAX_AGE": DATABASE_KEEP_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }
}
# The role that owns the tables; needed by `migrate` only, and best absent everywhere else.
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = {
        **_postgresql("DATABASE_OWNER_URL", env.str("DATABASE_OWNER_URL")),
        "TEST": {"MIRROR": "default"},
    }
    # A migration that waits for a table gives up as soon as a page would: everybody else queues behind it meanwhile.
    DATABASES["owner"]["OPTIONS"] = {
        **DATABASES["owner"].get("OPTIONS", {}),
        "options": f"-c lock_timeout={DATABASE_LIMITS['lock_timeout']}",
    }

# The role that removes what has been kept long enough; for the worker and `manage.py retain` only. Without it nothing
# is removed but what goes by itself within a day.
if env.str("RETENTION_DATABASE_URL", default=""):
    DATABASES["retention"] = {
        **_with_limits(_postgresql("RETENTION_DATABASE_URL", env.str("RETENTION_DATABASE_URL"))),
        "TEST": {"MIRROR": "default"},
    }

# A copy of the database by streaming replication, with the same role and database: statistics and exports are read from
# it where it shows all that was there when they were asked (`pht_clinic/replica/`). Nothing else ever is.
if env.str("REPLICA_DATABASE_URL", default=""):
    DATABASES["replica"] = {
        **_with_limits(_postgresql("REPLICA_DATABASE_URL", env.str("REPLICA_DATABASE_URL"))),
        "CONN_MAX_AGE": DATABASE_KEEP_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
    # A machine that is gone says nothing: its line is given up within seconds, by the system where nobody else does.
    DATABASES["replica"]["OPTIONS"].update(
        connect_timeout=2, keepalives_idle=2, keepalives_interval=1, keepalives_count=2, tcp_user_timeout=4000
    )
DATABASE_ROUTERS = ["pht_clinic.replica.scope.Router"]

# Limits are counted in PostgreSQL: sign-in must not depend on the broker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- Clinic ------------------------------------------------------------------------------------------

# Stored times are UTC; this zone is for opening hours, calendar days and months.
TIME_ZONE = "UTC"
USE_TZ = True
CLINIC_TIME_ZONE = env.str("CLINIC_TIME_ZONE", default="Europe/London")
# Whose bank holidays close the weekly sessions, as country or country-region (GB-ENG); empty for none.
BANK_HOLIDAYS = env.str("BANK_HOLIDAYS", default="GB-ENG").strip()
# On which days of the week the clinic works, bank holidays aside: of mon, tue, wed, thu, fri, sat, sun, commas between.
WORKING_DAYS = env.str("WORKING_DAYS", default="mon,tue,wed,thu,fri")
# The country of phone numbers that are typed without one, by its two letters; others are shown with their +.
PHONE_REGION = env.str("PHONE_REGION", default="GB").strip().upper()
LANGUAGE_CODE = "en-gb"
# What patients read may be in another language; the catalogue of each is in pht_clinic/locale. Staff pages are English.
LANGUAGES = [("en-gb", "English"), ("de", "German")]
# what patients read in other languages; what the sign-in pages of allauth say in ours
LOCALE_PATHS = [BASE_DIR / "pht_clinic" / "locale", BASE_DIR / "pht_clinic" / "web" / "signing_in" / "locale"]
USE_I18N = True
# Who signed the wording in another language, and when: "de=Dr A. Weber, 2026-11-20", several separated by semicolons.
# What is not signed is off: whoever reads that language gets English.
SIGNED_LANGUAGES = env.str("SIGNED_LANGUAGES", default="").strip()
# What patients and staff read on pages and in mails.
CLINIC_NAME = _required("CLINIC_NAME", "the clinic's name, on pages and in emails")
CLINIC_PHONE = _required("CLINIC_PHONE", "the number that patients are told to phone")
CLINIC_HOURS = _required("CLINIC_HOURS", "when that phone is answered")
# The same in the other languages; one that is signed does not start without it.
CLINIC_HOURS_IN = {"de": env.str("CLINIC_HOURS_DE", default="").strip()}
CLINIC_ADDRESS = _required("CLINIC_ADDRESS", "where patients come to")
# Whom patients are told to call: at once, to go to, and when the clinic is closed. The defaults are Britain's alone; a
# clinic elsewhere names its own, else it does not start.
EMERGENCY_NUMBER = env.str("EMERGENCY_NUMBER", default="999").strip()
EMERGENCY_DEPARTMENT = env.str("EMERGENCY_DEPARTMENT", default="A&E").strip()
OUT_OF_HOURS_NUMBER = env.str("OUT_OF_HOURS_NUMBER", default="111").strip()
OWN_EMERGENCY_WORDS = frozenset(env.ENVIRON) & {"EMERGENCY_NUMBER", "EMERGENCY_DEPARTMENT", "OUT_OF_HOURS_NUMBER"}
# A file holding seconds by which the clock of web, worker and beat is shifted: tests and demo only.
CLOCK_OFFSET_FILE = env.str("CLOCK_OFFSET_FILE", default="")
# Thresholds of the safety rules, one variable each (SAFETY_…), to tighten and never to loosen them.
SAFETY_PREFIX = "SAFETY_"
SAFETY_THRESHOLDS: dict[str, str] = {
    name.removeprefix(SAFETY_PREFIX).lower(): value
    for name, value in os.environ.items()
    if name.startswith(SAFETY_PREFIX)
}

# -- Mail --------------------------------------------------------------------------------------------

# Where mail is handed over, as smtp://user:password@host:587 or smtp+tls://… ; nothing is sent without it.
vars().update(_mail_server(env.str("EMAIL_URL", default="smtp://localhost:25")))
# The mail provider, where there is one: brevo, mailgun, postmark or sparkpost. With a key to its API mail is handed
# over there, else by EMAIL_URL; what it tells of mails that came back is listened to with the secrets below.
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="").strip().lower()
EMAIL_PROVIDER_KEY = env.str("EMAIL_PROVIDER_KEY", default="")
# Where its API is, if not at its usual address (a region); for Mailgun, the domain that sends, if not the sender's own.
EMAIL_PROVIDER_URL = env.str("EMAIL_PROVIDER_URL", default="")
EMAIL_PROVIDER_DOMAIN = env.str("EMAIL_PROVIDER_DOMAIN", default="")
# What its news have to carry: the name and password of a basic sign-in, as name:password, and for Mailgun the key of
# their signature. Without them there is no address for news.
EMAIL_NEWS_SECRET = env.str("EMAIL_NEWS_SECRET", default="")
EMAIL_NEWS_KEY = env.str("EMAIL_NEWS_KEY", default="")
# Seconds for each step of a conversation with the mail server.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
# The sender that patients see, and the mailbox that somebody reads.
DEFAULT_FROM_EMAIL = _required("DEFAULT_FROM_EMAIL", "the sender that patients see")
DEFAULT_REPLY_TO = _required("DEFAULT_REPLY_TO", "the mailbox that patients' answers go to")
# Who is told, without any name, that something waits for the staff.
DUTY_EMAIL = env.str("DUTY_EMAIL", default=DEFAULT_REPLY_TO)
# The gateway for text messages, an https:// address that takes them as JSON; without one none is sent.
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="").strip()
# The key that the gateway knows the clinic by; needed with SMS_GATEWAY_URL.
SMS_GATEWAY_KEY = env.str("SMS_GATEWAY_KEY", default="").strip()
# From whom a text message comes, as phones show it: at most 11 letters and digits, or a number.
SMS_SENDER = env.str("SMS_SENDER", default="").strip()
# After how many working days a letter has arrived; what one would bring later than it is of use is said on the phone.
LETTER_DAYS = env.int("LETTER_DAYS", default=2)
# For how many days after a visit the patient's link opens its pages; the last question comes after 3 months.
PATIENT_LINK_DAYS = env.int("PATIENT_LINK_DAYS", default=180)

# -- How long things are kept ------------------------------------------------------------------------

# The table is in `injections/patient/keeping/table.py`, with why each is kept so long.
# For how many days after it could last be sent a message keeps what it said, and to which address.
RETENTION_MESSAGE_DAYS = env.int("RETENTION_MESSAGE_DAYS", default=365)
# For how many days it is known who looked at whom.
RETENTION_VIEW_DAYS = env.int("RETENTION_VIEW_DAYS", default=2922)
# For so many days what went to webhooks can be sent again.
RETENTION_WEBHOOK_DAYS = env.int("RETENTION_WEBHOOK_DAYS", default=30)
# For how many years after their last activity a patient's record is kept in full.
RETENTION_PATIENT_YEARS = env.int("RETENTION_PATIENT_YEARS", default=8)
# For how many days managers see what is going to be removed before it is.
RETENTION_NOTICE_DAYS = env.int("RETENTION_NOTICE_DAYS", default=7)
# The only radiologist of a clinic may decide on what they asked for themselves, with a reason that is counted apart.
SINGLE_HANDED = env.bool("SINGLE_HANDED", default=False)
# Whether a procedure needs a second person at time out and at sign out, by name.
SECOND_PERSON = env.bool("SECOND_PERSON", default=False)
# The clinic's own sentence to patients on blood thinners, on the hours before a visit; nothing is printed without it.
BLOOD_THINNER_SENTENCE = env.str("BLOOD_THINNER_SENTENCE", default="")
# The same in the other languages; one that is signed does not start without it where there is one in English.
BLOOD_THINNER_SENTENCE_IN = {"de": env.str("BLOOD_THINNER_SENTENCE_DE", default="")}
# Until how many hours before a visit the patient may change or cancel it by link; after that by phone.
PATIENT_NOTICE_HOURS = env.int("PATIENT_NOTICE_HOURS", default=24)
# A patient who cancels less than so many hours before a visit cancels late; it is counted on their page.
LATE_CANCELLATION_HOURS = env.int("LATE_CANCELLATION_HOURS", default=24)
# From how many late cancellations and missed visits within 12 months on the page says to speak about it.
LATE_OR_MISSED_MANY = env.int("LATE_OR_MISSED_MANY", default=3)
# For how many hours a free time is held for somebody of the waiting list to whom it is offered by email.
OFFER_HOURS = env.int("OFFER_HOURS", default=4)

# -- Background work ---------------------------------------------------------------------------------

# The broker, any server that speaks Redis' protocol; it holds nothing that matters.
CELERY_BROKER_URL = _broker(_required("REDIS_URL", "the redis:// address of the broker"))
# What every key in the broker begins with, where several clinics share one: as "pht_north:".
BROKER_PREFIX = env.str("BROKER_PREFIX", default="").strip()
# After so many seconds a task whose worker vanished is given to another one.
BROKER_VISIBILITY_SECONDS = env.int("BROKER_VISIBILITY_SECONDS", default=120)
# How often, in seconds, a worker looks for such tasks.
BROKER_RESTORE_SECONDS = env.int("BROKER_RESTORE_SECONDS", default=10)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": BROKER_PREFIX,
    "visibility_timeout": BROKER_VISIBILITY_SECONDS,
    "unacked_restore_interval": BROKER_RESTORE_SECONDS,
    "unacked_restore_throttle": max(1, BROKER_RESTORE_SECONDS // 2),
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "max_retries": 1,
}
# Where it speaks TLS, its certificate is looked at; kombu alone would take any.
if CELERY_BROKER_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# None: keep trying for ever, as a frozen or emptied broker comes back some day.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# No task runs longer than half the visibility timeout; long jobs are rows claimed in steps.
CELERY_TASK_TIME_LIMIT = BROKER_VISIBILITY_SECONDS // 2
CELERY_TASK_SOFT_TIME_LIMIT = max(1, BROKER_VISIBILITY_SECONDS // 2 - 5)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Nobody stops or asks a worker by a message (`pht_clinic/broker/`).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
# Celery closes its database connection after each task unless told after how many.
CELERY_DB_REUSE_MAX = 200
# Which task waits where is `pht_clinic/broker/queues.py`'s; a queue that it does not name is an error, not a new queue.
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {name: {} for name in QUEUES}
CELERY_TASK_DEFAULT_QUEUE = UPKEEP
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {task: {"queue": queue} for task, queue in QUEUE_OF.items()}
# Beat keeps its list in memory: every entry looks into the database for what is due.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # a tick that no worker takes within its 5 s is dropped: ticks never pile up behind a busy or dead worker
    "drain-outbox": {"task": "scheduling.tasks.drain_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "deliver-webhooks": {"task": "scheduling.tasks.deliver_webhooks", "schedule": 5.0, "options": {"expires": 5}},
    "lapse-undecided": {"task": "injections.tasks.lapse_undecided", "schedule": 60.0, "options": {"expires": 60}},
    "lapse-offers": {"task": "injections.tasks.lapse_offers", "schedule": 60.0, "options": {"expires": 60}},
    "reassess-outdated": {"task": "injections.tasks.reassess_outdated", "schedule": 60.0, "options": {"expires": 60}},
    "count-as-given": {"task": "injections.tasks.count_as_given", "schedule": 60.0, "options": {"expires": 60}},
    # a step a minute; by day it does nothing
    "end-lapsed-holds": {"task": "scheduling.tasks.end_lapsed_holds", "schedule": 60.0, "options": {"expires": 60}},
    "search-duplicates": {"task": "scheduling.tasks.search_duplicates", "schedule": 60.0, "options": {"expires": 60}},
    "tell-staff": {"task": "injections.tasks.tell_staff", "schedule": 60.0, "options": {"expires": 60}},
    "judge-noted": {"task": "injections.tasks.judge_noted", "schedule": 60.0, "options": {"expires": 60}},
    "bring-in-records": {"task": "injections.tasks.bring_in_records", "schedule": 5.0, "options": {"expires": 5}},
    "write-exports": {"task": "pht_clinic.web.tasks.write_exports", "schedule": 5.0, "options": {"expires": 5}},
    "call-the-silent": {"task": "injections.tasks.call_the_silent", "schedule": 600.0, "options": {"expires": 600}},
    "call-the-unanswered": {
        "task": "injections.tasks.call_the_unanswered",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "call-the-next-day": {"task": "injections.tasks.call_the_next_day", "schedule": 600.0, "options": {"expires": 600}},
    "keep-on-paper": {"task": "injections.tasks.keep_on_paper", "schedule": 600.0, "options": {"expires": 600}},
    "seal-audit": {"task": "pht_clinic.audit.tasks.seal_audit", "schedule": 60.0, "options": {"expires": 60}},
    # a month a call: after an upgrade what stood before has its months within hours
    "make-audit-months": {
        "task": "pht_clinic.audit.tasks.make_audit_months",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "look-for-unusual-use": {
        "task": "scheduling.tasks.look_for_unusual_use",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "finish-erasures": {"task": "injections.tasks.finish_erasures", "schedule": 600.0, "options": {"expires": 600}},
    "retain": {"task": "injections.tasks.retain", "schedule": 3600.0, "options": {"expires": 3600}},
    "drop-old-drafts": {"task": "injections.tasks.drop_old_drafts", "schedule": 600.0, "options": {"expires": 600}},
    "tidy-up": {"task": "pht_clinic.web.tasks.tidy_up", "schedule": 600.0, "options": {"expires": 600}},
}

# -- Unusual use -------------------------------------------------------------------------------------

# Managers are told of whoever opened more patients one by one within an hour, or took more out as files, than this, and
# more than so many times what is usual for that person. See scheduling.audit.unusual.
UNUSUAL_PATIENTS_AN_HOUR = env.int("UNUSUAL_PATIENTS_AN_HOUR", default=60)
UNUSUAL_EXPORTS_AN_HOUR = env.int("UNUSUAL_EXPORTS_AN_HOUR", default=5)
UNUSUAL_TIMES_USUAL = env.int("UNUSUAL_TIMES_USUAL", default=3)

# -- Outbox ------------------------------------------------------------------------------------------

# After so many seconds a message whose worker vanished is taken by another one.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=30)
# The most that one message may take from connecting to the mail server's last word.
OUTBOX_MESSAGE_SECONDS = env.int("OUTBOX_MESSAGE_SECONDS", default=8)
# How long one round of sending goes on; the next one comes within 5 s. Far below half of BROKER_VISIBILITY_SECONDS.
OUTBOX_DRAIN_SECONDS = env.int("OUTBOX_DRAIN_SECONDS", default=20)
# Private networks to which webhooks may go all the same, separated by commas: those of the clinic's own other systems.
WEBHOOK_ALLOWED_NETWORKS = _networks("WEBHOOK_ALLOWED_NETWORKS")

# -- Signing in --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["pht_clinic.web.signing_in.backend.ClinicBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "pht_clinic.people.strength.HardToGuess"},
]
ACCOUNT_ADAPTER = "pht_clinic.web.signing_in.adapter.ClinicAdapter"
ACCOUNT_FORMS = {"login": "pht_clinic.web.signing_in.adapter.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
# For so many seconds after signing in, or confirming who sits there, nobody is asked again to confirm it.
CONFIRMED_SECONDS = env.int("CONFIRMED_SECONDS", default=300)
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIRMED_SECONDS
# Of passwords see pht_clinic.web.signing_in.guessing. "login_failed" is of codes, after the right password.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "reauthenticate": "5/m/user",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Whose role needs no second factor, separated by commas: reception, where a clinic decides so. With INSECURE_HTTP any,
# for a demo.
SECOND_FACTOR_EXEMPT = env.list("SECOND_FACTOR_EXEMPT", default=[])
# Encrypt what second factors are made from, and the secrets of webhooks. The first one is for new ones, those after it
# still open what they closed.
SECOND_FACTOR_KEYS = _second_factor_keys(
    _required("SECOND_FACTOR_KEYS", "the key that second factors are encrypted with, at least 32 random characters")
)
MFA_ADAPTER = "pht_clinic.web.signing_in.second_factor.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "pht_clinic.web.signing_in.second_factor.forms.CodeForm",
    "reauthenticate": "pht_clinic.web.signing_in.second_factor.forms.CodeAgainForm",
    "login_webauthn": "pht_clinic.web.signing_in.second_factor.passkey_alone.PasskeyAloneForm",
    "authenticate_webauthn": "pht_clinic.web.signing_in.second_factor.forms.PasskeyForm",
    "reauthenticate_webauthn": "pht_clinic.web.signing_in.second_factor.forms.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Steps of 30 s that a phone's clock may be ahead or behind; no code is good twice (people/second_factor/used_codes.py).
MFA_TOTP_TOLERANCE = 1
# A passkey that knows its owner (a finger, a face, a PIN) signs in without a password: it is two factors by itself.
MFA_PASSKEY_LOGIN_ENABLED = True
# Each try asks twice; wrong ones are counted by pht_clinic.web.signing_in.guessing.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# Browsers let a passkey be used over plain HTTP on this machine alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSECURE_HTTP
# Accounts are made by the clinic for addresses it knows; there is nothing to verify by mail.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# -- Sessions, cookies, headers ----------------------------------------------------------------------

# A session ends after so many seconds without a request, and after so many in all.
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_COOKIE_AGE = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 60 * 60)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ENGINE = "pht_clinic.web.session_store"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_NAME = "session" if INSECURE_HTTP else "__Host-session"
CSRF_COOKIE_NAME = "csrftoken" if INSECURE_HTTP else "__Host-csrftoken"
# On which accounts signed in before: there strangers cannot make anybody wait.
DEVICE_COOKIE_NAME = "device" if INSECURE_HTTP else "__Host-device"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "pht_clinic.web.pages.error_pages.csrf_failure"
SECURE_SSL_REDIRECT = not INSECURE_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
# Seconds for which browsers insist on HTTPS.
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else env.int("HSTS_SECONDS", default=365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_HTTP
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of the second factor is a data: image
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# A larger body is refused (413) before it is read. In bytes.
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=1_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
# The secret that /metrics asks for as a Bearer token; without one there is no /metrics.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Where web and worker of this machine keep what they count, for /metrics to add up; used with METRICS_TOKEN alone.
METRICS_FOLDER = _metrics_folder(env.str("METRICS_FOLDER", default=str(BASE_DIR / "var" / "metrics")), METRICS_TOKEN)

# Where errors are reported, as https://key@host/number: a server that speaks Sentry's protocol.
SENTRY_DSN = _address("SENTRY_DSN", env.str("SENTRY_DSN", default=""), needs_key=True)
# Where traces are handed over, as https://host:4318/v1/traces: a collector that speaks OTLP over HTTP.
TRACES_URL = _address("TRACES_URL", env.str("TRACES_URL", default=""))

# -- Backups -----------------------------------------------------------------------------------------

# Where `manage.py backup` writes and `prove_backup` reads; managers are told at Home when none was proven of late.
BACKUP_FOLDER = env.str("BACKUP_FOLDER", default="")
# After how many days a backup is removed by the next one; the newest always stays.
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=30)
# Where the worker keeps today and the next day as PDFs, for the hour in which nothing runs.
PRINTED_DAY_FOLDER = env.str("PRINTED_DAY_FOLDER", default="")
# How old the newest backup that came back whole may be.
BACKUP_PROOF_HOURS = env.int("BACKUP_PROOF_HOURS", default=36)
# The folder of pg_dump and pg_restore, not older than the server; without it they are looked for on PATH.
POSTGRESQL_PROGRAMS = env.str("POSTGRESQL_PROGRAMS", default="")

# -- Static files ------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "pht_clinic" / "static"]
# Hashed names and compression need `collectstatic`; a demo or tests serve the files from where they lie.
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not INSECURE_HTTP)
# Where `collectstatic` puts them.
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")) if STATIC_MANIFEST else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = False

# -- API ---------------------------------------------------------------------------------------------

# How many requests a minute are answered: of one token, or of one person signed in; and from one block of network
# addresses, for all who share it. More are a 429 until the minute is over.
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", default=1200)
API_REQUESTS_A_MINUTE_FROM_ONE_PLACE = env.int("API_REQUESTS_A_MINUTE_FROM_ONE_PLACE", default=6000)
# Which record systems may ask the checker by CDS Hooks: the issuer of their signed tokens, a space, and where its
# public keys are, an https:// address or the absolute path of a file; commas between. Without any nobody is answered.
CDS_ISSUERS = [one.strip() for one in env.list("CDS_ISSUERS", default=[])]
# Those of them whose users may be told what stands in the clinic's own records. The others learn that something does.
CDS_ISSUERS_WITH_RECORDS = [one.strip() for one in env.list("CDS_ISSUERS_WITH_RECORDS", default=[])]
# Whose pages may ask from a browser, as https://ehr.example, separated by commas.
CDS_ORIGINS = [one.strip() for one in env.list("CDS_ORIGINS", default=[])]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pht_clinic.people.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["pht_clinic.web.access.IsPermitted"],
    "DEFAULT_THROTTLE_CLASSES": ["pht_clinic.web.api.throttle.RequestsAMinute"],
    "DEFAULT_PARSER_CLASSES": ["pht_clinic.web.api.json_parser.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "pht_clinic.web.api.pagination.CursorList",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "pht_clinic.web.problem.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "iso-8601",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PHT Clinic",
    "DESCRIPTION": "Booking and safety checks of a clinic for ultrasound-guided injections.",
    "VERSION": None,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["pht_clinic.web.access.IsPermitted"],
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "pht_clinic.web.api.schema.keep_enums_inline",
        "injections.doors.fhir.schema.add_outcomes",
        "pht_clinic.web.api.schema.add_problems",
        "pht_clinic.web.api.examples.add_examples",
    ],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# -- Logging: to stdout, never with what patients are or say -----------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    _problems.append(f"LOG_LEVEL is not a level, as INFO or WARNING: {LOG_LEVEL!r}.")
# One JSON object a line, or "text", which a developer reads more easily.
LOG_FORMAT = format_wanted({"LOG_FORMAT": env.str("LOG_FORMAT", default="")})
if LOG_FORMAT not in FORMATS:
    _problems.append(f"LOG_FORMAT is neither json nor text: {LOG_FORMAT!r}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "pht_clinic.web.logs.formatter", "kind": LOG_FORMAT}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # it would print the values of every statement
        "django.db.backends": {"level": "INFO"},
        # it would print whole addresses, which may hold what lets one in
        "httpx": {"level": "WARNING"},
    },
}

# -- All of it has been read -------------------------------------------------------------------------

if _problems:
    raise ImproperlyConfigured("\n".join(_problems))
