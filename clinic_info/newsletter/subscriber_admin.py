"""Subscribers for staff: who they are and since when, adding, importing, exporting, erasing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log

from clinic_info.newsletter import subscriber_files as files
from clinic_info.newsletter import subscriptions
from clinic_info.newsletter.email_addresses import normalised
from clinic_info.newsletter.models import Subscriber

FOLDER = "clinic_info/newsletter/admin"
IMPORT = "clinic_info.import_subscriber"
EXPORT = "clinic_info.export_subscriber"
LISTING = "newsletter_subscribers:index"


class AddForm(forms.Form):
    """An address whose owner agreed by another way than the site."""

    email = forms.CharField(
        label=gettext_lazy("Email address"),
        max_length=254,
        help_text=gettext_lazy("One address. For example: ann@patient.example."),
    )
    source = forms.CharField(
        label=gettext_lazy("Where this person agreed"),
        max_length=files.LONGEST_SOURCE,
        help_text=gettext_lazy(
            "So that you can prove it later. For example: Paper form, 3 March 2026."
        ),
    )

    def clean_email(self) -> str:
        return normalised(self.cleaned_data["email"])


class ImportForm(forms.Form):
    """A file to look through; what it holds comes back in the form to be imported."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        help_text=gettext_lazy(
            "In UTF-8, the first line naming the columns: “email”, and “source” if the "
            "people agreed in different places. For example: email,source."
        ),
    )
    content = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    source = forms.CharField(
        label=gettext_lazy("Where these people agreed"),
        max_length=files.LONGEST_SOURCE,
        required=False,
        help_text=gettext_lazy(
            "For lines without a source of their own. For example: Sign-up list at the "
            "reception, 2025."
        ),
    )

    def content_bytes(self) -> bytes:
        """Return the file, or what came back of it. Raises FileError for neither."""
        uploaded = self.cleaned_data["file"]
        if uploaded:
            if uploaded.size > files.MOST_BYTES:
                raise files.FileError(
                    _("The file is larger than 2 MB. Please split it.")
                )
            return bytes(uploaded.read())
        content: str = self.cleaned_data["content"]
        if not content:
            raise files.FileError(_("Choose a file."))
        # Browsers write line ends of their own, so that it would come back larger.
        return content.replace("\r\n", "\n").encode()


class SubscriberIndexView(IndexView):
    """The list; whose address opens what is known of him or her."""

    def get_edit_url(self, instance: Subscriber) -> str:
        return reverse("newsletter_subscriber", args=[instance.pk])

    def get_add_url(self) -> str | None:
        may = self.request.user.has_perm("clinic_info.add_subscriber")
        return reverse("newsletter_subscriber_add") if may else None

    def get_copy_url(self, instance: Subscriber) -> None:
        return None

    def get_delete_url(self, instance: Subscriber) -> None:
        return None

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        # Wagtail's own export knows no permission of its own, no log and no formulas.
        buttons: list[Button] = []
        if self.request.user.has_perm(IMPORT):
            buttons.append(
                Button(
                    _("Import"),
                    url=reverse("newsletter_subscriber_import"),
                    icon_name="upload",
                )
            )
        if self.request.user.has_perm(EXPORT):
            buttons.append(
                Button(
                    _("Export"),
                    url=reverse("newsletter_subscriber_export"),
                    icon_name="download",
                )
            )
        return buttons

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return [self.add_button] if self.add_url else []


class SubscriberViewSet(ModelViewSet):
    """The subscribers of the newsletter."""

    model = Subscriber
    name = "newsletter_subscribers"
    url_prefix = "newsletter/subscribers"
    icon = "group"
    menu_label = gettext_lazy("Subscribers")
    menu_order = 145
    add_to_admin_menu = True
    add_to_reference_index = False
    form_fields = ["email"]
    index_view_class = SubscriberIndexView
    list_display = [
        TitleColumn(
            "email",
            label=gettext_lazy("Email"),
            sort_key="email",
            get_url=lambda one: reverse("newsletter_subscriber", args=[one.pk]),
        ),
        Column("get_status_display", label=gettext_lazy("Status"), sort_key="status"),
        DateColumn("created_at", label=gettext_lazy("Asked"), sort_key="created_at"),
        DateColumn(
            "confirmed_at", label=gettext_lazy("Confirmed"), sort_key="confirmed_at"
        ),
    ]
    list_filter = ["status", "created_at"]
    search_fields = ["email"]
    search_backend_name = None
    ordering = ["-created_at", "-pk"]

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the list alone: everything else has questions and rules of its own."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]


def subscriber(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is stored of a subscriber."""
    _require(request, "clinic_info.view_subscriber", "clinic_info.change_subscriber")
    found = get_object_or_404(Subscriber, pk=pk)
    context = {
        "subscriber": found,
        "consents": found.consents.order_by("-at", "-pk"),
        "deliveries": found.deliveries.select_related("issue").order_by("-pk")[:50],
        "may_change": request.user.has_perm("clinic_info.change_subscriber"),
        "may_delete": request.user.has_perm("clinic_info.delete_subscriber"),
        **_frame(found.email),
    }
    return render(request, f"{FOLDER}/subscriber.html", context)


@require_POST
def unsubscribe(request: HttpRequest, pk: int) -> HttpResponse:
    """Unsubscribe somebody who asked for it, by phone for instance."""
    _require(request, "clinic_info.change_subscriber")
    found = get_object_or_404(Subscriber, pk=pk)
    subscriptions.unsubscribe(found.public_id, timezone.now())
    log(instance=found, action="newsletter.unsubscribe", user=request.user)
    messages.success(request, _("Unsubscribed. The address is deleted within a day."))
    return redirect("newsletter_subscriber", found.pk)


def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to delete all that is known of somebody; on POST do it."""
    _require(request, "clinic_info.delete_subscriber")
    found = get_object_or_404(Subscriber, pk=pk)
    if request.method == "POST":
        log(instance=found, action="newsletter.erase", user=request.user)
        subscriptions.erase(found.public_id, timezone.now())
        messages.success(request, _("Deleted."))
        return redirect(LISTING)
    context = {
        "label": _("Delete"),
        "question": _(
            "All that is stored of this person is deleted. Imports do not bring the "
            "address back; he or she can sign up again."
        ),
        "is_serious": True,
        "back_url": reverse("newsletter_subscriber", args=[pk]),
        **_frame(_("Delete")),
    }
    return render(request, f"{FOLDER}/question.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """Add somebody who agreed elsewhere."""
    _require(request, "clinic_info.add_subscriber")
    form = AddForm(request.POST or None)
    if form.is_valid():
        try:
            made = _add_one(request, form)
        except ValidationError as error:
            form.add_error("email", error)
        else:
            messages.success(request, _("Added."))
            return redirect("newsletter_subscriber", made.pk)
    context = {"form": form, **_frame(_("Add a subscriber"))}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/subscriber_form.html", context, status=status)


@never_cache
def import_file(request: HttpRequest) -> HttpResponse:
    """Look through a file and say what it would do; then, on a second POST, import it."""
    _require(request, IMPORT)
    form = ImportForm(request.POST or None, request.FILES or None)
    receipt = None
    is_stored = False
    if form.is_valid():
        try:
            content = form.content_bytes()
            lines, receipt = files.read(content, form.cleaned_data["source"])
        except files.FileError as error:
            form.add_error("file", str(error))
        else:
            if "store" in request.POST and not request.FILES:
                receipt = files.store(lines, receipt, timezone.now())
                is_stored = True
                _log_for_all(request, "newsletter.import", receipt.added)
            else:
                receipt = files.check(lines, receipt)
                form = ImportForm(
                    initial={
                        "content": content.decode("utf-8-sig"),
                        "source": form.cleaned_data["source"],
                    }
                )
    context = {
        "form": form,
        "receipt": receipt,
        "is_stored": is_stored,
        **_frame(_("Import subscribers")),
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/import.html", context, status=status)


@never_cache
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Ask why all addresses leave the site; on POST send them as a file, and log it."""
    _require(request, EXPORT)
    subscribers: QuerySet[Subscriber] = Subscriber.objects.exclude(
        status=Subscriber.Status.UNSUBSCRIBED
    )
    if request.method == "POST":
        _log_for_all(request, "newsletter.export", subscribers.count())
        response = StreamingHttpResponse(
            files.written(subscribers), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="subscribers.csv"'
        return response
    context = {
        "label": _("Export"),
        "question": _(
            "The file holds the address of every subscriber. Keep it no longer than you "
            "need it. That you exported it is noted."
        ),
        "is_serious": False,
        "back_url": reverse(LISTING),
        **_frame(_("Export subscribers")),
    }
    return render(request, f"{FOLDER}/question.html", context)


def subscriber_urls() -> list[URLPattern]:
    """Return the addresses of all this within the admin."""
    base = "newsletter/subscribers"
    return [
        path(f"{base}/add/", add, name="newsletter_subscriber_add"),
        path(f"{base}/import/", import_file, name="newsletter_subscriber_import"),
        path(f"{base}/export/", export, name="newsletter_subscriber_export"),
        path(f"{base}/<int:pk>/", subscriber, name="newsletter_subscriber"),
        path(
            f"{base}/<int:pk>/unsubscribe/",
            unsubscribe,
            name="newsletter_subscriber_unsubscribe",
        ),
        path(f"{base}/<int:pk>/erase/", erase, name="newsletter_subscriber_erase"),
    ]


def _require(request: HttpRequest, *permissions: str) -> None:
    if not any(request.user.has_perm(name) for name in permissions):
        raise PermissionDenied


def _add_one(request: HttpRequest, form: AddForm) -> Subscriber:
    """Add what a form says. Raises ValidationError where that cannot be."""
    with transaction.atomic():
        try:
            made = subscriptions.add(
                form.cleaned_data["email"],
                form.cleaned_data["source"],
                subscriptions.Kind.ADDED,
                timezone.now(),
            )
        except subscriptions.SuppressedError:
            raise ValidationError(
                _(
                    "This person does not want the newsletter. Only he or she can change "
                    "that, by signing up on the site."
                )
            ) from None
        if made is None:
            raise ValidationError(_("This address is in the list already."))
        log(instance=made, action="wagtail.create", user=request.user)
    return made


def _log_for_all(request: HttpRequest, action: str, number: int) -> None:
    """Log something done to all subscribers; the log wants one object, of no address."""
    log(
        instance=Subscriber(pk=0),
        action=action,
        user=request.user,
        title=_("All subscribers"),
        data={"number": number},
    )


def _frame(label: str) -> dict[str, Any]:
    """Return what Wagtail's own frame shows: title and the way back."""
    return {
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": reverse(LISTING), "label": _("Subscribers")},
            {"url": "", "label": label},
        ],
        "header_title": label,
        "header_icon": "group",
    }
