"""Who may call: the issuers of signed tokens that this clinic lists, each with where its keys are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Issuer:
    """`name` is the `iss` of its tokens. Its JWK Set is at `keys_url`, or in the file `keys_file`; the other is "".

    `sees_records`: whoever uses that system may be told what stands in this clinic's own records.
    """

    name: str
    keys_url: str
    keys_file: str
    sees_records: bool


def issuers() -> Mapping[str, Issuer]:
    """Those listed, by their name; none where the door is closed."""
    return _listed(tuple(settings.CDS_ISSUERS), frozenset(settings.CDS_ISSUERS_WITH_RECORDS))


def what_is_wrong() -> Iterator[str]:
    """What cannot work of the settings, a sentence each."""
    for text in settings.CDS_ISSUERS:
        name, keys = _parts(text)
        if not name or not keys:
            yield f"CDS_ISSUERS is not a list of issuers, each followed by where its keys are: {text!r}."
        elif not _is_https(keys) and not Path(keys).is_absolute():
            yield f"CDS_ISSUERS names keys that are neither at an https:// address nor in a file: {keys!r}."
        elif not _is_https(keys) and not Path(keys).is_file():
            yield f"CDS_ISSUERS names a file of keys that is not there: {keys!r}."
    if unknown := set(settings.CDS_ISSUERS_WITH_RECORDS) - {_parts(text)[0] for text in settings.CDS_ISSUERS}:
        yield f"CDS_ISSUERS_WITH_RECORDS names who is not in CDS_ISSUERS: {', '.join(sorted(unknown))}."
    for origin in settings.CDS_ORIGINS:
        if not _is_origin(origin):
            yield f"CDS_ORIGINS holds what is no https:// origin, without a path: {origin!r}."


@lru_cache(maxsize=4)
def _listed(texts: tuple[str, ...], with_records: frozenset[str]) -> Mapping[str, Issuer]:
    found = {}
    for name, keys in map(_parts, texts):
        is_url = _is_https(keys)
        found[name] = Issuer(name, keys if is_url else "", "" if is_url else keys, name in with_records)
    return found


def _parts(text: str) -> tuple[str, str]:
    name, _, keys = text.strip().partition(" ")
    return name, keys.strip()


def _is_https(text: str) -> bool:
    return text.startswith("https://") and bool(_host_of(text))


def _is_origin(text: str) -> bool:
    return _is_https(text) and text == f"https://{urlsplit(text).netloc}" and "@" not in text


def _host_of(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""
