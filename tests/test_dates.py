"""Dates as inputs write them, and dumps as the store takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from segmenter.io import Dump
from segmenter.tracking.dates import EARLIEST, LATEST, read_date, shifted
from segmenter.tracking.intake import Intake, dump_key

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
DAY = NOON.replace(hour=0)


@pytest.mark.parametrize(("given", "found"), [
    ("2024-03-01T12:00:00+00:00", NOON), ("2024-03-01T15:00:00+03:00", NOON), ("2024-03-01T12:00:00Z", NOON),
    ("2024-03-01 12:00:00", NOON), ("2024-03-01 15:00:00 +0300", NOON), ("2024-03-01 12:00 UTC", NOON),
    ("2024-03-01T09:00:00.000000-03", NOON), ("20240301T120000Z", NOON), (" 2024-03-01T12:00 ", NOON),
    ("2024-03-01", DAY), ("20240301", DAY), ("2024-W09-5", DAY), ("2024/03/01", DAY), ("٢٠٢٤-٠٣-٠١", DAY),
    ("2024-03", DAY), ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
    ("1709294400", NOON), ("1709294400.5", NOON + timedelta(seconds=0.5)), ("1709294400000", NOON),
    ("1709294400000000", NOON), ("1709294400000000000", NOON),
    ("Fri, 01 Mar 2024 15:00:00 +0300", NOON), ("1 Mar 2024 12:00 GMT", NOON), ("Fri, 01 Mar 2024 12:00:00", NOON),
    ("0001-01-01", EARLIEST), ("9999-12-31T23:59:59.999999", LATEST),
])  # fmt: skip
def test_dates_that_are_understood(given, found):
    assert read_date(given) == found and read_date(given).tzinfo is UTC


@pytest.mark.parametrize("given", [
    "", "yesterday", "3/4/2024", "2024-13-01", "2024-02-30", "99", "-1", "0001-01-01T00:00+03:00", "1e9", "nan", "²",
    "9999-12-31T23:00-03:00", "31 Foo 2024 10:00", "1 Mar 99999 10:00", "2024-03-01" * 50, "\0", "2024-03-01T99:00",
    "2024-03-01T12:00:00\0",
])  # fmt: skip
def test_dates_that_are_not(given):
    assert read_date(given) is None


def test_arithmetic_stays_in_the_calendar():
    assert shifted(NOON, timedelta(days=1)) == NOON.replace(day=2)
    assert shifted(EARLIEST, timedelta(days=-7)) == EARLIEST and shifted(LATEST, timedelta(days=7)) == LATEST
    assert shifted(NOON, timedelta.max) == LATEST and shifted(NOON, timedelta.min) == EARLIEST


# --- dumps ---------------------------------------------------------------------------------------------------------


def taken(dump: Dump, **options):
    undated = []
    found = Intake(lambda *about: undated.append(about), **options)(dump)
    return found, undated


def test_a_key_is_of_the_text_and_the_id_that_was_given():
    named = dump_key(Dump("text", "a", named=True))
    assert named == dump_key(Dump("text", "a", "2024", {"x": 1}, "other.csv", "row 3", named=True))
    assert dump_key(Dump("text", "a")) == dump_key(Dump("text", "b", source="moved.txt"))
    different = [Dump("text", "a"), Dump("text", "a", named=True), Dump("text", "b", named=True), Dump("tex", "ta"),
                 Dump("text2", "a", named=True), Dump("", "", named=True), Dump("", "")]  # fmt: skip
    assert len({dump_key(dump) for dump in different}) == len(different)
    assert len(dump_key(Dump("\0\udcff", "\ud800" * 10_000, named=True))) == 64


def test_which_date_a_dump_gets():
    file = Dump("text", "a", modified=NOON.timestamp())
    assert taken(file)[0].date == NOON
    assert taken(file, date=DAY)[0].date == DAY
    dated = Dump("text", "a", "2024-03-01T15:00:00+03:00", modified=0.0)
    found, undated = taken(dated, date=DAY)
    assert (found.date, found.date_given, undated) == (NOON, "2024-03-01T15:00:00+03:00", [])
    assert abs(taken(Dump("text", "-"))[0].date - datetime.now(UTC)) < timedelta(minutes=1)
    assert abs(taken(Dump("text", "-", modified=1e300))[0].date - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_date_that_cannot_be_read_is_told_and_kept():
    dump = Dump("text", "a", "last week", modified=NOON.timestamp())
    found, undated = taken(dump)
    assert (found.date, found.date_given, undated) == (NOON, "last week", [(dump, NOON)])


def test_the_outlet_is_taken_out_of_the_rest():
    dump = Dump("text", "a", meta={"outlet": " Daily ", "source": 5, "n": 1})
    assert (taken(dump)[0].outlet, taken(dump)[0].meta) == ("Daily", {"source": 5, "n": 1})
    found = taken(dump, outlet="source")[0]
    assert (found.outlet, found.meta) == ("5", {"outlet": " Daily ", "n": 1})
    for value in (None, "", "  ", ["a"], True):
        found = taken(Dump("text", "a", meta={"outlet": value}))[0]
        assert (found.outlet, found.meta) == (None, {"outlet": value})


def test_moments_are_kept_in_utc():
    zone = timezone(timedelta(hours=-8))
    assert taken(Dump("text", "a"), date=NOON.astimezone(zone))[0].date.tzinfo is UTC
