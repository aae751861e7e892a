"""Ids in addresses. What is no id is no address, so it is a 404 before anything looks at it."""

from django.urls import register_converter


class IdInAddress:
    """A whole number as the database counts them, at most 18 digits."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int | str) -> str:
        return str(value)


register_converter(IdInAddress, "row_id")
