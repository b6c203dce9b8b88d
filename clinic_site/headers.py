"""Security headers: a strict policy for readers, a wider one under /admin/."""

from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def content_security_policy(directives: Mapping[str, Sequence[str]]) -> str:
    """Write directives, as in SECURE_CSP, as the value of the header."""
    return "; ".join(
        f"{name} {' '.join(sources)}" for name, sources in directives.items()
    )


class SecurityHeadersMiddleware:
    """Set the policy of the path, unless the view has set a narrower one itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.admin_prefix = reverse("wagtailadmin_home")
        self.public_policy = content_security_policy(settings.SECURE_CSP)
        self.admin_policy = content_security_policy(settings.SECURE_CSP_ADMIN)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type") == "application/json":
            # No browser shows it as a page; a beacon's answer is thirty bytes.
            return response
        in_admin = request.path_info.startswith(self.admin_prefix)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # Django's own error pages for developers are styled inline.
        if not (settings.DEBUG and response.status_code in {404, 500}):
            response.headers.setdefault(
                "Content-Security-Policy",
                self.admin_policy if in_admin else self.public_policy,
            )
        return response
