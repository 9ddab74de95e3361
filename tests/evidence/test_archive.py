"""The archive: what was read is kept, once, for its owner alone; what cannot be kept stays here."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import FolderUnavailable
from pipeline.evidence.archive import Archive
from pipeline.sandbox import Sandbox
from pipeline.surpass import Access
from tests.ledger.running import again, ingested, outcomes, session, settings, sheet
from tests.serving import served

CODE = "ARCHIVE2"


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(CODE)]) as there:
        yield there


def test_a_file_is_kept_as_it_was_read(surpass: tuple[Sandbox, Access], tmp_path: Path) -> None:
    surpass[0].reset()
    office = settings(tmp_path / "home", surpass[1].url)
    file = sheet(tmp_path / "marks.csv", {CODE: (1, 2)})
    content = file.read_bytes()
    assert outcomes(ingested(office, [file])) == {CODE: "accepted"}
    (kept,) = office.archive.iterdir()
    assert kept.name == hashlib.sha256(content).hexdigest()
    assert kept.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert stat.S_IMODE(office.archive.stat().st_mode) == 0o700


def test_the_same_file_again_is_kept_once(surpass: tuple[Sandbox, Access], tmp_path: Path) -> None:
    surpass[0].reset()
    office = settings(tmp_path / "home", surpass[1].url)
    first = sheet(tmp_path / "marks.csv", {CODE: (1, 2)})
    report = ingested(office, [first])
    ingested(office, [first.rename(tmp_path / "other name.csv")])
    assert len([*Archive(office.archive).names()]) == 1
    source = report.reconciliation.sources[0]
    assert Archive(office.archive).hash_of(source.sha256) == source.sha256


def test_what_cannot_be_archived_is_not_sent(
    surpass: tuple[Sandbox, Access], tmp_path: Path
) -> None:
    sandbox = surpass[0]
    sandbox.reset()
    office = settings(tmp_path / "home", surpass[1].url)
    file = sheet(tmp_path / "marks.csv", {CODE: (1, 2)})
    office.home.mkdir()
    office.archive.touch()  # a file where the folder should be
    with pytest.raises(FolderUnavailable, match="cannot be archived in"):
        ingested(office, [file])
    assert not sandbox.journal.posts()
    office.archive.unlink()
    assert outcomes(ingested(office, [file])) == {CODE: "accepted"}


def test_a_rerun_needs_no_file_and_archives_none(
    surpass: tuple[Sandbox, Access], tmp_path: Path
) -> None:
    sandbox = surpass[0]
    sandbox.reset()
    office = settings(tmp_path / "home", "http://127.0.0.1:1", max_attempts=1)
    file = sheet(tmp_path / "marks.csv", {CODE: (1, 2)})
    failed = ingested(office, [file])
    assert outcomes(failed) == {CODE: "failed"}
    file.unlink()
    archived = [*Archive(office.archive).names()]
    report = again(settings(office.home, surpass[1].url), failed.reconciliation.run.id)
    assert outcomes(report) == {CODE: "accepted"}
    assert [*Archive(office.archive).names()] == archived
    assert report.reconciliation.run.origin == "rerun"


def test_a_half_written_file_of_a_killed_process_is_no_archived_file(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    content = b"Keycode,Q1\n"
    name = hashlib.sha256(content).hexdigest()
    (tmp_path / f"{name}.0a0b0c0d.part").write_bytes(content[:4])
    assert [*archive.names()] == []
    archive.keep(name, content)
    assert archive.hash_of(name) == name
