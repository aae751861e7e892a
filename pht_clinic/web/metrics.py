"""What `/metrics` says: gauges that are read when it is asked, and what was counted. Never with personal data in it."""

from collections.abc import Callable, Iterator

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from pht_clinic.watching.counts import counts

_Reader = Callable[[], float | None]
_gauges: dict[str, tuple[str, _Reader]] = {}


def gauge(name: str, meaning: str) -> Callable[[_Reader], _Reader]:
    """Register a function as the reader of a gauge; None leaves the gauge out of the page.

    Raises: ValueError (the name is taken, when the module is imported).
    """

    def register(reader: _Reader) -> _Reader:
        if name in _gauges:
            raise ValueError(f"there is already a gauge {name}")
        _gauges[name] = (meaning, reader)
        return reader

    return register


def names_of_gauges() -> frozenset[str]:
    """Every gauge that the page has, with a value or without."""
    return frozenset(_gauges)


class _ReadNow(Collector):
    def describe(self) -> list[Metric]:
        """Nothing: to say what there is would read all of them."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("clinic", "The version that answers.", value={"version": settings.VERSION})
        for name, (meaning, reader) in sorted(_gauges.items()):
            value = reader()
            family = GaugeMetricFamily(name, meaning)
            if value is not None:
                family.add_metric([], value)
            yield family


def text() -> str:
    """All gauges, read now, then all counts of this machine, in Prometheus' text format."""
    gauges = CollectorRegistry(auto_describe=False)
    gauges.register(_ReadNow())
    return (generate_latest(gauges) + counts()).decode()
