"""Addresses of videos on the two hosts whose players may be shown."""

import re
from urllib.parse import parse_qs, urlsplit

YOUTUBE_PATH = re.compile(r"/(?:embed|live|shorts)/([A-Za-z0-9_-]{11})/?")
YOUTUBE_ID = re.compile(r"/?([A-Za-z0-9_-]{11})/?")
VIMEO_PATH = re.compile(r"/(?:video/)?(\d{5,12})(?:/([0-9a-f]{6,16}))?/?")


def embed_address(url: str) -> str | None:
    """Return the address of the player for a video's page, or None if it is no video.

    YouTube's is the variant that sets no cookie before the video plays.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if parts.scheme != "https":
        return None
    match: re.Match[str] | None = None
    if host == "youtu.be":
        match = YOUTUBE_ID.fullmatch(parts.path)
    elif host == "youtube.com" and parts.path == "/watch":
        match = YOUTUBE_ID.fullmatch(parse_qs(parts.query).get("v", [""])[0])
    elif host in {"youtube.com", "youtube-nocookie.com"}:
        match = YOUTUBE_PATH.fullmatch(parts.path)
    if match:
        return f"https://www.youtube-nocookie.com/embed/{match[1]}?autoplay=1"
    if host in {"vimeo.com", "player.vimeo.com"}:
        match = VIMEO_PATH.fullmatch(parts.path)
        if match:
            unlisted = f"&h={match[2]}" if match[2] else ""
            return (
                f"https://player.vimeo.com/video/{match[1]}?dnt=1&autoplay=1{unlisted}"
            )
    return None
