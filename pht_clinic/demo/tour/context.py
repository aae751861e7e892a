"""What every page of the demo knows beside what the product's pages do."""

from django.http import HttpRequest

from pht_clinic.demo.stories.told import SEARCHED
from pht_clinic.demo.tour.where import inbox_url


def demo(request: HttpRequest) -> dict[str, object]:
    """Context processor: where the mails are shown ("" nowhere), and whom the search names as an example."""
    return {"inbox_url": inbox_url(), "searched_example": SEARCHED}
