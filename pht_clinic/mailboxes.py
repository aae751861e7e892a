"""The clinic's own mail addresses as its settings give them: `Name <address>`, or the address alone."""

from __future__ import annotations

from email.errors import ObsoleteHeaderDefect
from email.policy import default
from email.utils import parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


class NoMailbox(ValueError):
    """A text that is not exactly one mailbox; its words say why."""


def check_mailbox(text: str) -> None:
    """Whether mail can be written from and to it. A comma or another sign that means something in an address stands in
    a name only between quotation marks. Source: RFC 5322, 3.4. Raises: NoMailbox.
    """
    try:
        header = default.header_factory("From", text)
    except (IndexError, ValueError) as error:  # the standard library's reader stumbles over some, as over "a@"
        raise NoMailbox("is not a mail address") from error
    if not text.isprintable():
        raise NoMailbox("holds a character that cannot be seen")
    serious = [one for one in header.defects if not isinstance(one, ObsoleteHeaderDefect)]
    if "," in text and serious:
        raise NoMailbox('has a name that needs quotation marks, as in "Knee, Hip" <desk@clinic.example>')
    if len(header.addresses) > 1:
        raise NoMailbox("is more than one address")
    if serious or len(header.addresses) != 1 or header.groups[0].display_name is not None:
        raise NoMailbox("is not a mail address")
    address = header.addresses[0].addr_spec
    try:
        validate_email(address)
    except ValidationError as error:
        raise NoMailbox("is not a mail address") from error
    if bare(text) != address:
        raise NoMailbox("can be read in two ways")


def bare(setting: str) -> str:
    """The address of one of the clinic's own mailboxes without its name."""
    return parseaddr(setting)[1]
