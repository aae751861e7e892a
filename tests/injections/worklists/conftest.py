"""Lists that fill by what patients do at their links."""

from tests.injections.patient_link.conftest import linked

__all__ = ["linked"]
