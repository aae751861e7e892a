"""System check of the gateway for text messages: what could not send any, or would show its key, stops the start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pht_clinic.start import SETTINGS
from scheduling.messages.channels import sms
from scheduling.patients import link

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SENDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15}")
"""Source: 3GPP TS 23.040, 9.1.2.5: up to 11 characters, or a number."""
_LEAST_ROOM: Final = 40
"""Characters that a sentence needs beside the link."""


@register(SETTINGS)
def check_gateway(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """One sentence for each setting that cannot work; none while no text messages are sent."""
    return list(_problems()) if sms.is_on() else []


def _problems() -> Iterator[CheckMessage]:
    if why := _why_no_gateway(settings.SMS_GATEWAY_URL):
        yield Error(f"SMS_GATEWAY_URL {why}: {settings.SMS_GATEWAY_URL!r}.", id="clinic.E031")
    key = settings.SMS_GATEWAY_KEY
    if not re.fullmatch(r"[!-~]+", key):
        yield Error("SMS_GATEWAY_KEY is not set, or not one word of plain letters.", id="clinic.E032")
    if not _SENDER.fullmatch(settings.SMS_SENDER):
        yield Error(
            f"SMS_SENDER is neither 1 to 11 letters and digits nor a number: {settings.SMS_SENDER!r}.", id="clinic.E033"
        )
    if (room := sms.ONE_MESSAGE - 1 - link.longest()) < _LEAST_ROOM:
        yield Error(
            f"PUBLIC_BASE_URL is too long for text messages: beside a link {max(room, 0)} characters are left.",
            id="clinic.E034",
        )


def _why_no_gateway(url: str) -> str:
    """Why no text message could go there, "" where one can. A key travels to this machine alone in clear text."""
    try:
        read = urlsplit(url)
        host, port = read.hostname, read.port
    except ValueError:
        return "is no address"
    if not host or port == 0:
        return "names no host"
    if read.username is not None or read.fragment:
        return "must name a host and a path alone"
    if read.scheme != "https" and not (read.scheme == "http" and host in _LOOPBACK):
        return "must start with https://"
    return ""
