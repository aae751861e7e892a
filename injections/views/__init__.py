"""Pages of the policy half."""

from injections.views.front_page import home

__all__ = ["home"]
