from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sandbox import load_sessions
from schemas.states import TestState

HEAD = "keycode,state,test_form,centre,candidate,questions\n"


def written(path: Path, text: str) -> Path:
    file = path / "sessions.csv"
    file.write_bytes(text.encode("latin-1"))
    return file


def test_sessions_from_a_file(tmp_path: Path) -> None:
    rows = "H76RBD8P,PaperResponseUpload,BIO-1,C1,P1,1:5 2:3 3b:10\nH76RBD8Q,11,BIO-1,C1,P2,\n"
    first, second = load_sessions(written(tmp_path, HEAD + rows))
    assert (first.keycode, first.questions) == ("H76RBD8P", {"1": 5, "2": 3, "3b": 10})
    assert (first.test_form.reference, first.candidate.reference) == ("BIO-1", "P1")
    assert (second.state, second.questions) == (TestState.MARKED, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the columns must be keycode, state"),
        ("keycode,state\n", "line 1: the columns"),
        (HEAD + "H76RBD8P,Ready,F,C,P\n", "line 2: a row has 6 columns"),
        (HEAD + "H76RBD8P,Ready,F,C,P,,\n", "line 2: a row has 6 columns"),
        (HEAD + "h76rbd8p,Ready,F,C,P,\n", "line 2, column keycode"),
        (HEAD + "H76RBD8P,Ready,F,C,P,\n" * 2, "line 3, column keycode: this keycode came before"),
        (HEAD + "H76RBD8P,Redy,F,C,P,\n", "line 2, column state"),
        (HEAD + "H76RBD8P,Ready,F, ,P,\n", "line 2, column centre"),
        (HEAD + "H76RBD8P,Ready,F,C,P,1:5 2\n", "line 2, column questions"),
        (HEAD + "H76RBD8P,Ready,F,C,P,1:5 1:3\n", "line 2, column questions"),
        (HEAD + "H76RBD8P,Ready,F,C,P,1:-5\n", "line 2, column questions"),
        (HEAD + 'H76RBD8P,Ready,F,C,"P"x,\n', "line 1: not CSV"),
        (HEAD + "H76RBD8P,Ready,F,C,J\xfcrgen,\n", "not CSV in UTF-8"),
    ],
)
def test_a_bad_file_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_sessions(written(tmp_path, text))
