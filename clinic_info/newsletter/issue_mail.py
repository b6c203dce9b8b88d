"""An issue as a mail: rendered once, the personal parts filled in for each subscriber."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.images.models import AbstractRendition
from wagtail.rich_text import expand_db_html

from articles.pages.article import ArticlePage
from articles.references import unmarked
from clinic_site.addresses import absolute_url
from clinic_site.mail.messages import Message, build, default_sender, message_id, render

if TYPE_CHECKING:
    from clinic_info.newsletter.issues import Issue

TEMPLATE = "clinic_info/emails/newsletter_issue"
# Stands for a subscriber's own link until a mail is sent to him.
LINK = "https://unsubscribe.invalid/0f4c4a8f0d3b"
# Beyond it Gmail hides the rest.
MOST_BYTES = 100_000
# As wide as the column, sharp on dense screens.
PICTURE = "width-1120|bgcolor-fbf8f0|format-jpeg"
PICTURE_WIDTH = 560
INLINE = {"b", "strong", "i", "em"}
_LINE = 70


class TooLongError(ValueError):
    """An issue is so long that mail programs would cut it off."""


@dataclass(frozen=True)
class Chosen:
    """An article as an issue shows it."""

    title: str
    teaser: str
    url: str
    picture: AbstractRendition | None = None
    picture_url: str = ""
    picture_text: str = ""

    @property
    def picture_height(self) -> int:
        if self.picture is None:
            return 0
        return round(self.picture.height * PICTURE_WIDTH / self.picture.width)


@dataclass(frozen=True)
class Content:
    """Subject, text and HTML of an issue, with LINK where a personal link goes."""

    subject: str
    text: str
    html: str

    def as_test(self) -> Message:
        """Return the issue as its writers try it out: its link leads to the form."""
        own = absolute_url(reverse("newsletter"))
        return Message(
            subject=gettext("[Test] %(subject)s") % {"subject": self.subject},
            text=self.text.replace(LINK, own),
            html=self.html.replace(LINK, own),
        )

    def size(self) -> int:
        return len(self.html.encode())


def chosen_articles(issue: "Issue") -> list[Chosen]:
    """Return the articles of an issue that everyone may read, in its order."""
    entries = [block.value for block in issue.articles if block.value.get("article")]
    readable = ArticlePage.objects.for_readers().for_teasers()
    found = readable.in_bulk(issue.article_keys())
    return [
        _chosen(found[entry["article"].pk], entry["teaser"])
        for entry in entries
        if entry["article"].pk in found
    ]


def left_out(issue: "Issue") -> list[str]:
    """Return the titles of its articles that not everyone may read: no mail shows them."""
    keys = issue.article_keys()
    readable = ArticlePage.objects.for_readers().filter(pk__in=keys)
    hidden = set(keys) - set(readable.values_list("pk", flat=True))
    titles = dict(ArticlePage.objects.filter(pk__in=hidden).values_list("pk", "title"))
    return [titles[key] for key in keys if key in titles]


def rendered(issue: "Issue", *, is_test: bool = False) -> Content:
    """Render an issue as it stands now. What is no page yet, a test does not lead to."""
    is_page = issue.pk and not (is_test and issue.is_editable)
    context = {
        "issue": issue,
        "articles": chosen_articles(issue),
        "introduction": absolute_html(issue.introduction),
        "closing": absolute_html(issue.closing),
        "introduction_text": reading_text(issue.introduction),
        "closing_text": reading_text(issue.closing),
        "archive_url": absolute_url(issue.archive_path) if is_page else "",
        "link": LINK,
        "picture_width": PICTURE_WIDTH,
    }
    message = render(TEMPLATE, context)
    return Content(subject=message.subject, text=message.text, html=message.html)


def checked(content: Content) -> Content:
    """Return content that is fit to be sent. Raises TooLongError."""
    if content.size() > MOST_BYTES:
        raise TooLongError(
            gettext("This issue is too long: mail programs would cut off its end.")
        )
    return content


class Mailing:
    """An issue ready for everyone: bytes that wait for an address and a link."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._from = default_sender()
        self.sender = parseaddr(self._from)[1]
        host = urlsplit(settings.SITE_URL).hostname
        self._headers = {
            "List-Id": f"<newsletter.{host}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        }
        mail = EmailMessage(policy=policy.SMTP)
        mail["Subject"] = content.subject
        mail["From"] = self._from
        for name, value in self._headers.items():
            mail[name] = value
        # Quoted-printable goes through every server. A link that is on a line of its own, or
        # begins one, is not broken, so that it can be found again.
        mail.set_content(_on_own_lines(content.text), cte="quoted-printable")
        mail.add_alternative(
            _on_own_lines(content.html), subtype="html", cte="quoted-printable"
        )
        raw = mail.as_bytes().rstrip(b"\r\n").replace(b"\r\n.", b"\r\n..")
        self._parts = (raw + b"\r\n.\r\n").split(LINK.encode())
        if len(self._parts) - 1 != content.text.count(LINK) + content.html.count(LINK):
            raise ValueError("a personal link was broken")

    def content_for(self, name: str, address: str, link: str, at: datetime) -> bytes:
        """Return a mail as SMTP takes it. Raises ValueError for no plain address."""
        if not re.fullmatch(r"[!-~]+@[!-~]+", address):
            raise ValueError("not an address that mail servers understand")
        head = (
            f"To: {address}\r\n"
            f"Date: {format_datetime(at)}\r\n"
            f"Message-ID: {message_id(name)}\r\n"
            f"List-Unsubscribe: <{link}>\r\n"
        )
        pieces = [link[start : start + _LINE] for start in range(0, len(link), _LINE)]
        # Soft line breaks; a dot that would begin a line is doubled.
        soft = "".join(f"=\r\n{_undotted(piece)}" for piece in pieces) + "=\r\n"
        return head.encode() + soft.encode().join(self._parts)

    def message_for(self, name: str, address: str, link: str) -> EmailMultiAlternatives:
        """Return the same mail for backends that are not SMTP."""
        message = Message(
            subject=self._content.subject,
            text=self._content.text.replace(LINK, link),
            html=self._content.html.replace(LINK, link),
            headers={**self._headers, "List-Unsubscribe": f"<{link}>"},
        )
        return build(message, recipient=address, name=name, sender=self._from)


def absolute_html(source: str) -> str:
    """Return stored rich text as HTML whose links lead here from anywhere."""
    html = expand_db_html(source or "")
    return re.sub(
        r'(<a\b[^>]*\bhref=")(/(?!/)[^"]*)',
        lambda found: found[1] + absolute_url(found[2]),
        html,
    )


def reading_text(source: str) -> str:
    """Return stored rich text as plain text: items with hyphens, each link on a line."""
    soup = BeautifulSoup(absolute_html(source), "html.parser")
    for link in soup.find_all("a", href=True):
        _put_address_after(link)
    for line_break in soup.find_all("br"):
        line_break.replace_with("\n")
    for number, item in _items(soup):
        item.insert(0, NavigableString(f"{number}. " if number else "- "))
        item.append(NavigableString("\n"))
    for block in soup.find_all(["p", "ul", "ol", "h3"]):
        block.append(NavigableString("\n\n"))
    lines = (line.strip() for line in soup.get_text().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _put_address_after(link: Tag) -> None:
    """Write where a link leads on a line of its own, after the punctuation that follows."""
    address = NavigableString(f"\n{link['href']}\n")
    end = link
    while end.next_sibling is None and end.parent and end.parent.name in INLINE:
        end = end.parent
    following = end.next_sibling
    if not isinstance(following, NavigableString):
        end.insert_after(address)
        return
    mark, rest = re.fullmatch(
        r"([.,;:!?)\]”’]*)\s*(.*)", str(following), re.DOTALL
    ).groups()  # type: ignore[union-attr] (it matches anything)
    following.replace_with(NavigableString(mark), address, NavigableString(rest))


def _items(soup: BeautifulSoup) -> list[tuple[int, Tag]]:
    """Return list items with their numbers, 0 where lists have none."""
    found = []
    for item in soup.find_all("li"):
        ordered = item.parent is not None and item.parent.name == "ol"
        found.append(
            (len(item.find_previous_siblings("li")) + 1 if ordered else 0, item)
        )
    return found


def _chosen(article: ArticlePage, teaser: str) -> Chosen:
    chosen = Chosen(
        title=article.title,
        teaser=teaser or unmarked(article.standfirst),
        url=absolute_url(article.get_url()),
    )
    image = article.hero_image
    if image is None:
        return chosen
    try:
        picture = image.get_rendition(PICTURE)
    except OSError:
        # A file lost from the disk costs its picture, not the issue.
        return chosen
    return replace(
        chosen,
        picture=picture,
        picture_url=absolute_url(picture.url),
        picture_text=image.default_alt_text,
    )


def _on_own_lines(text: str) -> str:
    return re.sub(rf'(?<!\n)[ \t]*((?:href=")?{re.escape(LINK)}"?)', r"\n\1", text)


def _undotted(piece: str) -> str:
    return f".{piece}" if piece.startswith(".") else piece


def mail_name(delivery_pk: int, started_at: datetime) -> str:
    """Return what tells a delivery's mail apart: its Message-ID is always the same.

    After a backup was restored another issue gets the same keys; a mail with the Message-ID
    of one that arrived before would be dropped as a copy.
    """
    return f"newsletter-delivery:{delivery_pk}:{started_at.isoformat()}"
