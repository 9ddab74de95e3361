"""What would be sent of generated sheets, against a second reader that shares nothing with ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.faults import generated, second_reader
from tests.validate.prepared import (
    Prepared,
    interpreted,
    prepared_paths,
    settled,
    validated_together,
)

_SEEDS, _MANY = 40, 20_000
_FEW, _AT_ONCE = 20, 100  # sheets in one test


def _sent(path: Path) -> dict[str, dict[str, str]]:
    return _texts(prepared_paths([path]))


def _texts(came: Prepared) -> dict[str, dict[str, str]]:
    """What each session would carry, without what says nothing."""
    return {
        keycode: {name: str(value) for name, value in carried.items() if value not in (None, "")}
        for keycode, carried in came.sent.items()
    }


def _sent_of_each(paths: Sequence[Path]) -> dict[str, dict[str, str]]:
    """What the sessions of all these files would carry: each file read alone, all held together.

    The rules look at many files as at one, and that costs little more than at one.
    """
    return _texts(settled(validated_together(interpreted(paths))))


def _differences(folder: Path, seeds: range) -> list[str]:
    """What would be sent, and is not there, of the sheets of these seeds."""
    made = [_written(folder, seed) for seed in seeds]
    sent = _sent_of_each([path for _, path in made])
    of_file = [{*second_reader.entries(path), *_cells(sheet)} & sent.keys() for sheet, path in made]
    nobodys = sorted(sent.keys() - {keycode for keycodes in of_file for keycode in keycodes})
    wrong = [f"{keycode} stands in no file" for keycode in nobodys]
    for (sheet, path), keycodes in zip(made, of_file, strict=True):
        wrong += _unlike(sheet, path, {keycode: sent[keycode] for keycode in keycodes})
    return wrong


def _cells(made: generated.Sheet) -> set[str]:
    return {cell for row in made.rows for cell in row}


def _written(folder: Path, seed: int) -> tuple[generated.Sheet, Path]:
    draw = Random(seed)
    made = generated.sheet(draw)
    below = folder / str(seed)
    below.mkdir()
    return made, generated.written(made, below, draw)


def _unlike(
    made: generated.Sheet, path: Path, sent: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """For each session of the file that would carry something else than stands there."""
    there = second_reader.entries(path)
    for keycode in sent:
        own = {
            question: text.removesuffix(".0").upper()
            for question, text in there.get(keycode, {}).items()
            if text.lower() not in _NO_VALUE
        }
        if sent[keycode] != own:
            yield f"{path.parent.name} {made.traps}: {keycode} {sent[keycode]}, there is {own}"


_NO_VALUE = ("na", "n/a", "abs", "absent", "-")


@pytest.mark.parametrize("first", range(0, _SEEDS, _FEW))
def test_nothing_is_sent_that_another_reader_does_not_find(tmp_path: Path, first: int) -> None:
    assert _differences(tmp_path, range(first, first + _FEW)) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(_SEEDS, _MANY, _AT_ONCE))
def test_nothing_is_sent_of_many_more(tmp_path: Path, first: int) -> None:
    assert _differences(tmp_path, range(first, first + _AT_ONCE)) == []


def test_files_that_are_checked_together_carry_what_each_does_alone(tmp_path: Path) -> None:
    paths = [_written(tmp_path, seed)[1] for seed in range(12)]
    alone = [_sent(path) for path in paths]
    assert _sent_of_each(paths) == {key: of for sent in alone for key, of in sent.items()}


def test_most_sheets_without_a_trap_are_sent_whole(tmp_path: Path) -> None:
    """Were nothing ever sent, nothing would ever differ."""
    whole = sheets = 0
    for seed in range(70):
        draw = Random(seed)
        made = generated.sheet(draw)
        if set(made.traps) <= {"descriptive", "titles", "blank", "trailing", "written oddly"}:
            sheets += 1
            path = generated.written(made, tmp_path, draw)
            whole += _sent(path).keys() == second_reader.entries(path).keys()
    assert sheets > 12
    assert whole > 0.9 * sheets


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.long) for first in range(8, 400, 8))]
)
def test_another_form_of_the_same_sheet_carries_the_same_or_nothing(
    tmp_path: Path, first: int
) -> None:
    """Rows in another order, another delimiter, a workbook, one more column that describes."""
    for seed in range(first, first + 8):
        draw = Random(seed)
        made = generated.sheet(draw)
        plain = _sent(generated.text(made, tmp_path, ",", "utf-8")) if not made.percent else {}
        for other in _forms(made, tmp_path, draw):
            sent = _sent(other)
            differing = {key for key in sent.keys() & plain.keys() if sent[key] != plain[key]}
            assert not differing, (seed, made.traps, other.name)


def _forms(made: generated.Sheet, folder: Path, draw: Random) -> list[Path]:
    if made.percent or made.merged:
        return []
    forms = [generated.text(made, folder, "\t", "utf-16"), generated.workbook(made, folder)]
    for at, (name, form) in enumerate(
        {
            "semicolons": made,
            "described": generated.described(made, draw),
            "reordered": _reordered(made, draw),
        }.items()
    ):
        below = folder / f"{at}-{name}"
        below.mkdir(exist_ok=True)
        forms.append(generated.text(form, below, ";", "utf-8-sig"))
    return forms


def _reordered(made: generated.Sheet, draw: Random) -> generated.Sheet:
    """With the rows below the heading in another order, where each says whose it is."""
    body = made.rows[made.heading + 1 :]
    headings = sum("eycode" in row[made.id_column] for row in made.rows)
    if headings > 1 or not all(row[made.id_column] for row in body):
        return made
    shuffled = draw.sample(body, len(body))
    return replace(made, rows=[*made.rows[: made.heading + 1], *shuffled])
