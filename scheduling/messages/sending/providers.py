"""Which mail providers can be named in the settings, and how anymail calls what each of them needs. Data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

from django.conf import settings
from django.utils.module_loading import import_string

from scheduling.messages.render import Letter
from scheduling.messages.sending import mailer

OF_A_MESSAGE: Final = "message"
"""Under this name our own id of a message travels with it, and comes back with the provider's news."""
BY_API: Final = "scheduling.messages.sending.provider.ProviderPost"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: who sends by its API, who reads its news, and by which name anymail knows its key.

    Classes are named, not imported: whoever sends by SMTP need not hold them in memory. `signs`: its news carry a
    signature made with a key of their own, so that no name and password need go with them. `keeps_id` are headers with
    which it lets our Message-ID be, `tracks` whether it must be told to track nobody.
    """

    backend: str
    news: str
    key: str = "api_key"
    signs: bool = False
    tracks: bool = True
    keeps_id: dict[str, str] = field(default_factory=dict)


PROVIDERS: Final[dict[str, Provider]] = {
    "brevo": Provider(
        "anymail.backends.brevo.EmailBackend", "anymail.webhooks.brevo.BrevoTrackingWebhookView", tracks=False
    ),
    "mailgun": Provider(
        "anymail.backends.mailgun.EmailBackend", "anymail.webhooks.mailgun.MailgunTrackingWebhookView", signs=True
    ),
    "postmark": Provider(
        "anymail.backends.postmark.EmailBackend",
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        key="server_token",
        keeps_id={"X-PM-KeepID": "true"},
    ),
    "sparkpost": Provider(
        "anymail.backends.sparkpost.EmailBackend", "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView"
    ),
}


class AnyPost(AbstractContextManager["AnyPost"], Protocol):
    """A way in which mails leave, open for one round: by SMTP (`mailer.py`) or a provider's API (`provider.py`)."""

    def __enter__(self) -> Self:
        """Nothing is opened before the first mail."""

    def ready(self, letter: Letter) -> mailer.Send:
        """Write a letter, to be handed over. Raises: ValueError (it cannot be written)."""


def open_post() -> AnyPost:
    """The way that the settings choose: by the provider's API where there is a key to it, else by SMTP."""
    post: AnyPost = import_string(BY_API)(provider()) if sends_by_api() else mailer.Post()
    return post


def provider() -> Provider | None:
    """The clinic's provider; None where mail goes by SMTP and nobody tells what became of it."""
    return PROVIDERS.get(settings.EMAIL_PROVIDER)


def sends_by_api() -> bool:
    """Whether mail is handed over by the provider's API; else it goes by SMTP, to whomever."""
    return provider() is not None and bool(settings.EMAIL_PROVIDER_KEY)


def tells_news() -> bool:
    """Whether the provider's news are listened to: only with something that proves whose they are."""
    found = provider()
    return found is not None and bool(settings.EMAIL_NEWS_KEY if found.signs else settings.EMAIL_NEWS_SECRET)


def backend_options(found: Provider) -> dict[str, Any]:
    """What anymail's backend is made with."""
    options = {found.key: settings.EMAIL_PROVIDER_KEY}
    if settings.EMAIL_PROVIDER_URL:
        options["api_url"] = settings.EMAIL_PROVIDER_URL
    if settings.EMAIL_PROVIDER_DOMAIN and settings.EMAIL_PROVIDER == "mailgun":
        options["sender_domain"] = settings.EMAIL_PROVIDER_DOMAIN
    return options


def news_options(found: Provider) -> dict[str, Any]:
    """What anymail's reader of news is made with."""
    options: dict[str, Any] = {"webhook_secret": settings.EMAIL_NEWS_SECRET or []}
    if found.signs:
        options["webhook_signing_key"] = settings.EMAIL_NEWS_KEY
    return options
