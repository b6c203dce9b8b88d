from datetime import datetime


def send_issues(now: datetime) -> None:
    """Placeholder."""
