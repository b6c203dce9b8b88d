"""Sending an issue beside a bare smtplib loop that sends the same bytes to the same server.

    python -m bench.newsletter [--mails 2000] [--many 100000]

Prints the ratio of speeds, how long it takes to queue many rows, and peak memory with many
deliveries beside that with a hundred.
"""

import argparse
import json
import os
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench import processes

FEW = 100


@contextmanager
def mail_server() -> Iterator[int]:
    """Run a server that takes every mail and keeps none; yield its port."""
    port = processes.free_port()
    arguments = ["-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    process = subprocess.Popen([sys.executable, "-m", "aiosmtpd", *arguments])  # noqa: S603
    try:
        for _ in range(100):
            time.sleep(0.1)
            try:
                smtplib.SMTP("127.0.0.1", port).quit()
                break
            except OSError:
                continue
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(name: str, environment: dict[str, str], number: int) -> dict[str, float]:
    """Run one of the measurements below in a process of its own."""
    output = subprocess.run(  # noqa: S603 (our own arguments)
        [
            sys.executable,
            "-m",
            "bench.newsletter",
            "--only",
            name,
            "--mails",
            str(number),
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=processes.ROOT,
        env=os.environ | environment,
    ).stdout
    return json.loads(output.splitlines()[-1])


def start_issue(number: int) -> tuple[int, float]:
    """Make subscribers and an issue, and queue it; return its key, and the seconds of that."""
    from django.utils import timezone

    from clinic_info.newsletter import issue_states
    from clinic_info.newsletter.issues import Issue
    from clinic_info.newsletter.models import Delivery, Subscriber

    now = timezone.now()
    Delivery.objects.all().delete()
    Subscriber.objects.all().delete()
    Subscriber.objects.bulk_create(
        (
            Subscriber(
                email=f"person{n}@patient.example",
                status="confirmed",
                created_at=now,
                confirmed_at=now,
            )
            for n in range(number)
        ),
        batch_size=1000,
    )
    text = "<p>" + "What fine needles do to the skin, and why. " * 20 + "</p>"
    issue = Issue.objects.create(subject="Skin in spring", introduction=text * 8)
    begun = time.monotonic()
    issue_states.start(issue.pk, now)
    return issue.pk, time.monotonic() - begun


def speed(number: int) -> dict[str, float]:
    """Send an issue, and the same bytes by smtplib; return mails a second of both."""
    from django.conf import settings
    from django.utils import timezone

    from clinic_info.newsletter import sending
    from clinic_info.newsletter.issue_mail import Content, Mailing, mail_name
    from clinic_info.newsletter.issues import RenderedIssue
    from clinic_info.newsletter.models import Delivery
    from clinic_info.newsletter.tokens import unsubscribe_url

    key, _seconds = start_issue(number)
    rendered = RenderedIssue.objects.get(pk=key)
    mailing = Mailing(Content(rendered.subject, rendered.text, rendered.html))
    now = timezone.now()
    rows = Delivery.objects.values_list(
        "pk", "subscriber__email", "subscriber__public_id"
    )
    mails = []
    for pk, email, public_id in rows:
        name = mail_name(pk, now)
        raw = mailing.content_for(name, email, unsubscribe_url(public_id), now)
        mails.append((email, raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")))
    begun = time.monotonic()
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        for email, raw in mails:
            smtp.sendmail(mailing.sender, [email], raw)
    bare = number / (time.monotonic() - begun)
    begun = time.monotonic()
    sent = sending.send_round(timezone.now(), longest=timedelta(hours=1))
    ours = sent / (time.monotonic() - begun)
    return {"bare": bare, "ours": ours, "sent": sent, "bytes": len(mails[0][1])}


def memory(number: int) -> dict[str, float]:
    """Go through so many deliveries, handing none over; return seconds and peak memory."""
    from django.utils import timezone

    from clinic_info.newsletter import sending

    def take(*_arguments: object) -> None:
        return None

    pid = os.fork()
    if pid == 0:
        # In a process of its own: to make the rows takes memory too.
        _key, seconds = start_issue(number)
        print(json.dumps(seconds), flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
    sending.MailServer.deliver_content = take  # type: ignore[method-assign]
    begun = time.monotonic()
    sent = sending.send_round(timezone.now(), longest=timedelta(hours=1))
    return {
        "sent": sent,
        "seconds": time.monotonic() - begun,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def queueing(number: int) -> dict[str, float]:
    """Return how many seconds it takes to queue so many rows."""
    return {"seconds": start_issue(number)[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["speed", "memory", "queueing"])
    options = parser.parse_args()
    if options.only:
        import django

        django.setup()
        print(json.dumps(globals()[options.only](options.mails)))
        return
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-bench-") as name,
        mail_server() as port,
    ):
        environment = processes.site_environment(
            Path(name), os.environ.get("BENCH_DATABASE_URL", "")
        ) | {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "NEWSLETTER_MAILS_PER_MINUTE": "0",
        }
        processes.run([sys.executable, "manage.py", "migrate"], environment)
        for _ in range(options.repeats):
            found = measure("speed", environment, options.mails)
            print(
                f"sending {found['sent']:,.0f} mails of {found['bytes']:,.0f} bytes: "
                f"{found['ours']:,.0f} a second, bare smtplib {found['bare']:,.0f}, "
                f"ratio {found['ours'] / found['bare']:.2f}"
            )
        queued = measure("queueing", environment, options.many)
        print(f"queueing {options.many:,} rows: {queued['seconds']:.2f} s")
        few = measure("memory", environment, FEW)
        many = measure("memory", environment, options.many)
        print(
            f"peak memory: {few['megabytes']:.0f} MB at {FEW}, "
            f"{many['megabytes']:.0f} MB at {options.many:,}, "
            f"ratio {many['megabytes'] / few['megabytes']:.2f} ({many['seconds']:.0f} s)"
        )


if __name__ == "__main__":
    main()
