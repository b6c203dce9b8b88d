"""Mails that wait to be sent."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic_site.mail.kinds import kind
from clinic_site.mail.models import WITHDRAWN, OutgoingMail
from clinic_site.mail.sending import send_waiting


def queue(
    name: str, *, key: str, recipient: str, now: datetime, reference: str = ""
) -> bool:
    """Have a mail of a kind sent after the caller's transaction; tell whether it is new.

    Of one `key` there is one mail, however often it is queued, unless it was found not to be
    needed: then it may be needed now. A key holds nothing personal.
    Raises LookupError for no kind, ValueError for what is no address.
    """
    kind(name)
    mail = OutgoingMail(
        key=key,
        kind=name,
        reference=reference,
        recipient=recipient,
        queued_at=now,
        next_try_at=now,
    )
    try:
        mail.clean_fields()
    except ValidationError as error:
        raise ValueError(f"not fit for a mail: {', '.join(error.error_dict)}") from None
    if not recipient:
        raise ValueError("not fit for a mail: recipient")
    with transaction.atomic():
        is_new = not OutgoingMail.objects.filter(key=key).exists()
        held = None
        # Once more if it is deleted at this moment.
        while held is None:
            # What somebody else queues now collides, and there is one all the same.
            OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
            # Held, so that it does not turn out not to be needed just now.
            mails = OutgoingMail.objects.select_for_update()
            held = mails.filter(key=key).first()
        is_needed_again = held.status == OutgoingMail.Status.NOT_NEEDED
        anew = {"kind": name, "reference": reference, "recipient": recipient}
        if is_needed_again:
            OutgoingMail.objects.filter(pk=held.pk).update(
                status=OutgoingMail.Status.WAITING,
                attempts=0,
                outcome="",
                queued_at=now,
                next_try_at=now,
                tried_at=None,
                **anew,
            )
        elif held.status == OutgoingMail.Status.SENDING:
            # Its worker may just have found that it is not needed: then it waits again.
            OutgoingMail.objects.filter(pk=held.pk).update(queued_at=now, **anew)
        if is_new or is_needed_again:
            send_soon()
    return is_new or is_needed_again


def erase_recipients(pks: Collection[int]) -> None:
    """Erase the addresses of mails, in the caller's transaction; none of them is sent any more.

    One that a worker is just sending may still arrive.
    """
    mails = OutgoingMail.objects.filter(pk__in=pks).exclude(recipient="")
    mails.needing_a_person().update(recipient="")
    mails.update(
        status=OutgoingMail.Status.NOT_NEEDED,
        recipient="",
        owner="",
        leased_until=None,
    )


def send_again(pk: int, now: datetime) -> bool:
    """Have a failed or doubtful mail tried anew, as a person decided; tell whether it was.

    It is not where the mail changed meanwhile or its address was erased.
    """
    queued = (
        OutgoingMail.objects.needing_a_person()
        .filter(pk=pk)
        .exclude(recipient="")
        .update(
            status=OutgoingMail.Status.WAITING,
            attempts=0,
            outcome="",
            next_try_at=now,
            tried_at=None,
        )
    )
    if queued:
        send_soon()
    return bool(queued)


def withdraw(kinds: str, recipient: str) -> int:
    """Delete what is stored for a recipient of kinds that begin so; return how many mails.

    What is being sent at this moment nobody can call back: it loses its address, and is
    not tried again.
    """
    found = OutgoingMail.objects.filter(
        kind__startswith=kinds, recipient__iexact=recipient
    )
    found.filter(status=OutgoingMail.Status.SENDING).update(
        recipient=WITHDRAWN, reference=""
    )
    deleted, _by_model = found.exclude(status=OutgoingMail.Status.SENDING).delete()
    return deleted


def forget_mail(key: str) -> None:
    """Delete a mail that was sent or given up, so that its key may be queued once more."""
    status = OutgoingMail.Status
    OutgoingMail.objects.filter(key=key).exclude(
        status__in=[status.WAITING, status.SENDING]
    ).delete()


def forget_about(name: str, references: Collection[str]) -> None:
    """Delete the mails of a kind about these, but for what is being sent at this moment."""
    OutgoingMail.objects.filter(kind=name, reference__in=references).exclude(
        status=OutgoingMail.Status.SENDING
    ).delete()


def forget_finished(name: str, before: datetime) -> None:
    """Delete the mails of a kind queued before a moment whose addresses are erased.

    So they are once they were sent, and later if they were given up.
    """
    OutgoingMail.objects.filter(kind=name, recipient="", queued_at__lt=before).delete()


def forget_undelivered(key: str) -> None:
    """Delete a mail that failed or is in doubt, so that its key may be queued once more."""
    OutgoingMail.objects.needing_a_person().filter(key=key).delete()


def send_soon() -> None:
    """Have the worker look for mails after this transaction."""
    # If this fails, the periodic job finds the mail all the same.
    transaction.on_commit(partial(send_waiting.enqueue), robust=True)
