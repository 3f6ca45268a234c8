"""Dates as inputs write them, and arithmetic that stays in the calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .records import in_utc

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"\d{4}-\d{2}")
_SLASHES = re.compile(r"(\d{4})/(\d{2})/(\d{2})(?!\d)")
_ZONE = re.compile(r"(?<=\d)\s*(?:UTC|GMT|Z|([+-]\d{2}):?(\d{2})?)$", re.IGNORECASE)
_EPOCH = re.compile(r"(\d{9,19})(\.\d+)?")
_MAIL = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\b.*")
_PER_SECOND = {range(9, 12): 1, range(12, 15): 10**3, range(15, 18): 10**6, range(18, 20): 10**9}


def read_date(given: str) -> datetime | None:
    """The moment that `given` names, in UTC; None where it cannot be told.

    Understood are ISO 8601 in all its forms (2024-03-01T12:00:00+03:00, 20240301T12, 2024-03-01, 2024-03, 2024; with
    slashes and with the digits of Arabic as well), seconds, milliseconds, microseconds or nanoseconds since 1970 by
    their number of digits, and the dates of mails and feeds (Fri, 01 Mar 2024 12:00:00 +0300). Without a zone it is
    UTC; a date alone is its midnight. 3/4/2024 is not guessed at.
    """
    text = given.strip().translate(_DIGITS)
    if len(text) > 100 or "\0" in text:  # fromisoformat passes over a final U+0000
        return None
    try:
        found = _epoch(text) or _iso(text) or _mail(text)
        return None if found is None else in_utc(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def shifted(date: datetime, by: timedelta) -> datetime:
    """`date`, in UTC, plus `by`; at most to the ends of the calendar."""
    try:
        return date + by
    except OverflowError:
        return EARLIEST if by < timedelta() else LATEST


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    unit = next(per for digits, per in _PER_SECOND.items() if len(found[1]) in digits)
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(found[1]) * 10**6 // unit)
    return moment + timedelta(seconds=float(found[2] or 0)) if unit == 1 else moment


def _iso(text: str) -> datetime | None:
    if _YEAR.fullmatch(text):
        text += "-01-01"
    elif _MONTH.fullmatch(text):
        text += "-01"
    text = _SLASHES.sub(r"\1-\2-\3", text, count=1)
    if ":" in text or "T" in text:  # in a date alone, -01 is no zone
        text = _ZONE.sub(lambda found: f"{found[1]}:{found[2] or '00'}" if found[1] else "+00:00", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    if _MAIL.fullmatch(text) is None:
        return None
    from email.utils import parsedate_to_datetime  # here: few inputs have such dates

    return parsedate_to_datetime(text)
