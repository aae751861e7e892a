"""The product's addresses, and the demo's own in front of them."""

from django.urls import path

from pht_clinic import urls as product
from pht_clinic.demo.tour.pages import be, move_clock, start_over, tour

handler400, handler403, handler404 = product.handler400, product.handler403, product.handler404
handler429, handler500 = product.handler429, product.handler500

urlpatterns = [
    path("demo/", tour, name="demo"),
    path("demo/be/", be, name="demo-be"),
    path("demo/clock/", move_clock, name="demo-clock"),
    path("demo/start-over/", start_over, name="demo-start-over"),
    *product.urlpatterns,
]
