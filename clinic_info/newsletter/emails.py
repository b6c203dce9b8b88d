"""The mails about subscriptions. Nothing that a visitor typed stands in them."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic_info.newsletter import subscriptions
from clinic_info.newsletter.issue_mail import rendered
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Subscriber
from clinic_info.newsletter.signup import how_asked
from clinic_info.newsletter.tokens import make_confirm_token, unsubscribe_url
from clinic_site.addresses import absolute_url
from clinic_site.mail.messages import Message, render

FOLDER = "clinic_info/emails"


def confirmation(reference: str, recipient: str) -> Message:
    """Build the mail that answers a sign-up: a link to confirm, or "you get it already"."""
    subscriber = subscriptions.ask(recipient, how_asked(reference))
    if subscriber.status == Subscriber.Status.CONFIRMED:
        context = {"url": unsubscribe_url(subscriber.public_id)}
        return render(f"{FOLDER}/newsletter_already", context)
    token = make_confirm_token(subscriber, timezone.now())
    return render(
        f"{FOLDER}/newsletter_confirmation",
        {
            "url": absolute_url(reverse("newsletter_confirm", args=[token])),
            "hours": settings.NEWSLETTER_CONFIRM_HOURS,
        },
    )


def data(reference: str, recipient: str) -> Message | None:
    """Build the mail with all that is stored of a subscriber; None if he or she left."""
    subscriber = Subscriber.objects.filter(public_id=UUID(reference)).first()
    if subscriber is None:
        return None
    return render(
        f"{FOLDER}/newsletter_data",
        {
            "subscriber": subscriber,
            "consents": subscriber.consents.order_by("at", "pk"),
            "deliveries": subscriber.deliveries.select_related("issue").order_by("pk"),
            "url": unsubscribe_url(subscriber.public_id),
        },
    )


def flood(reference: str, recipient: str) -> Message:
    """Build the mail that tells staff that sign-ups were stopped for a time."""
    url = absolute_url(reverse("wagtailadmin_home"))
    return render(f"{FOLDER}/newsletter_flood", {"url": url})


def test_issue(reference: str, recipient: str) -> Message | None:
    """Build an issue as it stands now, for the member of staff who asked."""
    issue = Issue.objects.filter(pk=reference.partition(":")[0]).first()
    return None if issue is None else rendered(issue, is_test=True).as_test()
