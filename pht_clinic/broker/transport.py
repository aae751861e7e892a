"""kombu's way to the broker with a gate in it: what is no call of ours is dropped, and the worker goes on.

Without it a text that is no JSON, or JSON of another shape, is an exception in the worker's loop and the end of it.
"""

from typing import Any

from celery import current_app
from kombu.transport import redis

from pht_clinic.broker.dropped import count_dropped
from pht_clinic.broker.gate import NotOurs, check_call
from pht_clinic.broker.queues import QUEUE_OF

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


class GuardedQoS(redis.QoS):
    """What is kept of messages until their task is done; it lies in the broker too."""

    def restore_by_tag(self, tag: Any, client: Any = None, leftmost: bool = False) -> None:
        """Put a message back whose worker vanished; one that cannot be read is removed."""
        try:
            super().restore_by_tag(tag, client=client, leftmost=leftmost)  # type: ignore[no-untyped-call]  # has no types
        except _UNREADABLE:
            with self.channel.conn_or_acquire(client) as broker:
                broker.hdel(self.unacked_key, tag)
                broker.zrem(self.unacked_index_key, tag)
            count_dropped("was kept as something that cannot be read")


class _Reading:
    """Reads what was put into a queue; of what is no JSON there is nothing to deliver."""

    QoS = GuardedQoS

    def _brpop_read(self, **options: Any) -> bool:
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[misc]  # of the channel beside
        except (ValueError, RecursionError):
            count_dropped("is not JSON")
            return True


class GuardedChannel(_Reading, redis.Channel):
    """A channel to a broker at one address."""


class GuardedSentinelChannel(_Reading, redis.SentinelChannel):
    """A channel to a broker that sentinels name."""


class _Delivering:
    def _deliver(self, message: Any, queue: str) -> None:
        try:
            conf = current_app.conf
            check_call(message, known=QUEUE_OF, limits=(conf.task_time_limit, conf.task_soft_time_limit))
        except NotOurs as why:
            count_dropped(str(why))
        else:
            super()._deliver(message, queue)  # type: ignore[misc]  # of the transport beside


class GuardedTransport(_Delivering, redis.Transport):
    """redis:// and rediss://, and a socket."""

    Channel = GuardedChannel


class GuardedSentinelTransport(_Delivering, redis.SentinelTransport):
    """sentinel://"""

    Channel = GuardedSentinelChannel
