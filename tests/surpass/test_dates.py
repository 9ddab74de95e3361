"""Dates are read in ISO or day first, and never month first."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.surpass.dates import DateForm, date_form, read_date

MARCH_2 = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("2026-03-02", MARCH_2, id="iso"),
        pytest.param("2026-03-02T09:00:00", MARCH_2, id="iso-and-time"),
        pytest.param("2026-03-02 09:00", MARCH_2, id="iso-and-time-after-a-blank"),
        pytest.param("2026-03-02T23:30:00Z", MARCH_2, id="iso-and-time-in-utc"),
        pytest.param("2026-03-02T23:30:00.1234567+01:00", MARCH_2, id="iso-as-dotnet-writes-it"),
        pytest.param(" 2026-03-02 ", MARCH_2, id="blanks-around"),
        pytest.param("02/03/2026", MARCH_2, id="day-first-slashes"),
        pytest.param("02-03-2026", MARCH_2, id="day-first-hyphens"),
        pytest.param("02.03.2026", MARCH_2, id="day-first-dots"),
        pytest.param("02/03/2026 09:00:00", MARCH_2, id="day-first-and-time"),
        pytest.param("25/12/2026", dt.date(2026, 12, 25), id="can-only-be-day-first"),
        pytest.param("29/02/2028", dt.date(2028, 2, 29), id="leap-day"),
        pytest.param("13/25/2026", None, id="no-such-month-either-way"),
        pytest.param("12/25/2026", None, id="month-first"),
        pytest.param("3/2/2026", None, id="short-as-americans-write-it"),
        pytest.param("03/02/2026 9:00:00 AM", None, id="american-time"),
        pytest.param("29/02/2026", None, id="no-leap-day"),
        pytest.param("2026-02-30", None, id="no-such-day"),
        pytest.param("02/03-2026", None, id="two-separators"),
        pytest.param("02/03/26", None, id="two-digit-year"),
        pytest.param("2026/03/02", None, id="year-first-with-slashes"),
        pytest.param("20260302", None, id="digits-only"),
        pytest.param("2026-03-02 and more", None, id="more-after-it"),
        pytest.param("0001-01-01T00:00:00", None, id="dotnets-no-date"),
        pytest.param("٢٠٢٦-٠٣-٠٢", None, id="digits-of-another-script"),
        pytest.param("soon", None, id="words"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="not-told"),
    ],
)
def test_a_date(text: str | None, read: dt.date | None) -> None:
    assert read_date(text) == read


@given(
    st.dates(dt.date(1900, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%Y-%m-%dT00:00:00", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]),
)
def test_what_is_written_in_one_of_the_forms_is_read_back(day: dt.date, form: str) -> None:
    written = day.strftime(form)
    assert read_date(written) == day
    assert date_form(written) is not None


@given(st.text(alphabet="0123456789/-.T: APMZ", max_size=24))
def test_any_text_is_read_or_not_and_its_form_is_known_where_it_is(text: str) -> None:
    assert (read_date(text) is None) == (date_form(text) is None)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-03-02", DateForm("yyyy-MM-dd", certain=True)),
        ("2026-03-02T09:00:00", DateForm("yyyy-MM-dd and a time", certain=True)),
        ("02/03/2026", DateForm("dd/MM/yyyy", certain=False)),
        ("03/03/2026", DateForm("dd/MM/yyyy", certain=True)),
        ("25-12-2026", DateForm("dd-MM-yyyy", certain=True)),
        ("02.03.2026", DateForm("dd.MM.yyyy", certain=True)),
        ("12/25/2026", None),
        (None, None),
    ],
)
def test_the_form_of_a_date(text: str | None, form: DateForm | None) -> None:
    assert date_form(text) == form
