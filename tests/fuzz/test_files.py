"""Samples in another form, and damaged ones: findings at most, soon, and no mark for another."""

from __future__ import annotations

import time
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.changed_files import CORPUS, ChangedFile, all_samples, changed_file
from tests.validate.prepared import Prepared, prepared_paths

_SEEDS, _MANY, _AT_ONCE = 20, 20_000, 500
_LONGEST_S = 60.0  # of one file, on a machine that does much else
_Carried = dict[tuple[str, str], dict[str, str]]  # by session or candidate, by question


def _carried(came: Prepared) -> _Carried:
    """What each session or candidate without an error would carry."""
    entries, findings = came.validated.entries, came.validated.findings
    stopped = set(findings[findings["severity"] == "error"]["row"].dropna())
    stopped_keycodes = set(findings[findings["severity"] == "error"]["keycode"].dropna())
    found: _Carried = {}
    for _, entry in entries.iterrows():
        if entry["row"] in stopped or entry["keycode"] in stopped_keycodes - {""}:
            continue
        owner = (str(entry["keycode"]), str(entry["candidate"]))
        found.setdefault(owner, {})[str(entry["question"])] = str(entry["value"])
    return found


@cache
def _as_it_is(sample: Path) -> _Carried:
    return _carried(prepared_paths([sample]))


def _wrong(folder: Path, made: ChangedFile, name: str) -> list[str]:
    path = folder / f"marks{made.sample.suffix}"
    path.write_bytes(made.content)
    began = time.perf_counter()
    came = prepared_paths([path])
    took_s = time.perf_counter() - began
    which = f"{name}: {made.sample.name}, {made.how}"
    wrong = [f"{which}: {text}" for text in came.messages if "our fault" in text]
    if not came.reconciled().balanced:
        wrong.append(f"{which}: does not balance")
    if took_s > _LONGEST_S:
        wrong.append(f"{which}: took {took_s:.0f} s")
    if made.means_the_same:
        plain, carried = _as_it_is(made.sample), _carried(came)
        wrong += [
            f"{which}: {owner} carries {carried[owner]}, not {plain.get(owner)}"
            for owner in carried
            if carried[owner] != plain.get(owner)
        ]
    return wrong


def _of_seeds(folder: Path, seeds: range) -> list[str]:
    how: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        made = changed_file(Random(seed))
        how[made.how] += 1
        wrong += _wrong(folder, made, f"seed {seed}")
    print(f"{len(seeds)} files: {dict(how)}")
    return wrong


def test_no_changed_file_does_harm(tmp_path: Path) -> None:
    assert _of_seeds(tmp_path, range(_SEEDS)) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(_SEEDS, _MANY, _AT_ONCE))
def test_none_of_many_does_harm(tmp_path: Path, first: int) -> None:
    assert _of_seeds(tmp_path, range(first, first + _AT_ONCE)) == []


@pytest.mark.parametrize("kept", sorted((CORPUS / "files").iterdir()), ids=lambda path: path.name)
def test_what_once_failed(tmp_path: Path, kept: Path) -> None:
    made = ChangedFile(kept, "kept", kept.read_bytes(), means_the_same=False)
    assert _wrong(tmp_path, made, "corpus") == []


def test_samples_of_every_kind_are_changed() -> None:
    assert {path.suffix for path in all_samples()} >= {".csv", ".txt", ".xlsx", ".ods", ".xls"}
