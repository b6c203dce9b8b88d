"""Whether the process is alive, for whatever starts and restarts it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class LivenessMiddleware:
    """Answer /livez before the host and HTTPS checks: a probe knows neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/livez":
            return HttpResponse(
                "alive\n",
                content_type="text/plain",
                headers={"Cache-Control": "no-store"},
            )
        return self.get_response(request)
