"""Where the mail provider tells what became of mails. It exists where a provider can prove itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pht_clinic import clock
from scheduling.messages.bounces.take_in import take_in
from scheduling.messages.sending import providers

_READ = "scheduling.messages.bounces.reading.read"
"""Named, not imported: it needs what only providers need."""


@csrf_exempt
def mail_news(request: HttpRequest) -> HttpResponse:
    """Told once or more, the answer is the same: 204. Raises: ForgedNews, UnreadableNews."""
    if not providers.tells_news():
        raise Http404
    return _heard(request)


@require_POST
def _heard(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    real_now = now - clock.shift()
    for news in import_string(_READ)(request, now=real_now):
        take_in(news, now=now, real_now=real_now)
    return HttpResponse(status=204)
