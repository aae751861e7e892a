"""The message that offers an earlier time. Data."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from injections.booking.waiting_list import link
from injections.models import WaitingOffer
from scheduling.messages.kinds import VISIT_EXAMPLE, MessageKind, OwnLink, Withheld, register
from scheduling.models import Message

_OVER = Withheld("Not sent: this time is no longer on offer.")


def register_kind() -> None:
    """Make it known to the outbox; called once, when the apps are ready."""
    register(
        [
            MessageKind(
                "offer",
                "injections/mail/offer",
                _("An earlier appointment for you"),
                frozenset(),
                opening=_("We can offer you an appointment on {when}."),
                placeholders=("when", "day", "weekday", "time", "until"),
                example=MappingProxyType({**VISIT_EXAMPLE, "until": "Friday 20 March at 14:00", "offer": 0}),
                withheld=still_open,
                own_link=OwnLink(link.address_of, link.longest),
            )
        ],
        {"offer": "Earlier appointment offered"},
    )


def still_open(message: Message) -> Withheld | None:
    """An offer that has ended is not told; None where it is open."""
    is_open = WaitingOffer.objects.filter(pk=message.values.get("offer"), ended_at=None).exists()
    return None if is_open else _OVER
