"""A small registry of gauges, printed in Prometheus' text format. Never with personal data in it."""

from collections.abc import Callable

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


def text() -> str:
    """All gauges, read now."""
    lines: list[str] = []
    for name, (meaning, reader) in sorted(_gauges.items()):
        value = reader()
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        if value is not None:
            lines.append(f"{name} {value:g}")
    return "\n".join(lines) + "\n"
