"""Paper definitions as an office writes them, and what is told where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import PaperError
from pipeline.papers.load import load_papers
from pipeline.papers.paper import Paper, Question, file_name
from pipeline.surpass import Session
from sample_data import PAPERS
from schemas.words import Kind
from tests.read.source_files import workbook


def _loaded(folder: Path, content: str | bytes, name: str = "BIO-P1.csv") -> Paper:
    papers = folder / "papers"
    papers.mkdir(exist_ok=True)
    (papers / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_papers(papers).by_reference[file_name(Path(name).stem)]


_A_TO_D = ("A", "B", "C", "D")


def test_a_definition_says_what_it_says(tmp_path: Path) -> None:
    paper = _loaded(
        tmp_path,
        "Biology, paper 1\n\nQuestion,Maximum,Kind,Options\n"
        'Q01,5,,\n2b,"1,5",marks,\n\n3,,MCQ,A-D\n',
    )
    assert paper.questions == {
        "1": Question(4, 5.0),
        "2b": Question(5, 1.5, Kind.MARKS),
        "3": Question(7, None, Kind.RESPONSES, _A_TO_D),
    }
    assert (paper.file, paper.columns["maximum"], paper.versions) == ("papers/BIO-P1.csv", "B", {})


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("A-D", _A_TO_D),
        ("a \N{EN DASH} d", _A_TO_D),
        ("ABCD", _A_TO_D),
        ('"A, B, C, D"', _A_TO_D),
        ("A/B/C/D", _A_TO_D),
        ("4", _A_TO_D),
        ("1-4", ("1", "2", "3", "4")),
    ],
)
def test_options_are_written_in_many_ways(
    tmp_path: Path, written: str, options: tuple[str, ...]
) -> None:
    assert _loaded(tmp_path, f"Question,Options\n1,{written}\n").questions["1"].options == options


def test_versions_say_where_each_question_stands(tmp_path: Path) -> None:
    paper = _loaded(tmp_path, "Question;Max;Version;Position\n1;5;A;\n2;3;A;\n1;;B;2\n2;;B;Q01\n")
    assert paper.versions == {"a": {"1": "1", "2": "2"}, "b": {"2": "1", "1": "2"}}
    assert paper.questions["2"].maximum == 3


def test_any_kind_of_file_will_do_and_what_is_none_is_left_alone(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Question", "Maximum"], [1, 5], [2, 3]]
    paper = _loaded(tmp_path, workbook({"Paper": rows, "Notes": [["as agreed"]]}), "BIO-P1.xlsx")
    (tmp_path / "papers" / "README.md").write_text("what is here")
    (tmp_path / "papers" / "~$BIO-P1.xlsx").write_bytes(b"Excel has it open")
    assert {n: q.maximum for n, q in paper.questions.items()} == {"1": 5, "2": 3}
    assert [*load_papers(tmp_path / "papers").by_reference] == ["bio-p1"]
    assert load_papers(tmp_path / "nowhere").by_reference == {}


_WRONG = {
    "Question,Maximum\n1,five\n": "papers/BIO-P1.csv, B2: 'five' is no maximum: write a number",
    "Question,Kind\n1,oral\n": "B2: 'oral' is no kind: write marks or responses",
    "Question,Options\n1,A-\n": "B2: 'A-' are no options: write A-D",
    "Question,Options\n1,AA\n": "B2: 'AA' are no options: write A-D",
    "Question,Options\n1,D-A\n": "B2: 'D-A' are no options: write A-D",
    "Question,Maximum\n,5\n": "A2: there is no question number",
    "Question,Maximum\n1,5\nQ1,6\n": "A3: question 1 stands in row 2 already",
    "Question,Maximum,Version\n1,5,A\n1,6,B\n": "B3: question 1 has another maximum in row 2",
    "Question,Version,Position\n1,A,1\n2,A,1\n": "C3: version A has two questions at 1",
    "Question,Version,Position\n1,A,1\n1,A,2\n": "A3: version A has question 1 twice",
    "Question,Version,Position\n1,,4\n": "C2: there is a position, but no version",
    "Question,Maximum\n": "A1: there is no question below it",
    "Maximum,Kind\n5,marks\n": "there is no row of headings such as Question, Maximum",
    "": "cannot be read: it is empty",
}


@pytest.mark.parametrize("content", _WRONG)
def test_what_is_wrong_is_told_by_its_cell(tmp_path: Path, content: str) -> None:
    with pytest.raises(PaperError, match=r"paper definition papers/BIO-P1\.csv") as paper:
        _loaded(tmp_path, content)
    assert _WRONG[content] in str(paper.value)


def test_all_wrong_cells_are_told_together_up_to_a_few(tmp_path: Path) -> None:
    with pytest.raises(PaperError) as paper:
        _loaded(tmp_path, "Question,Maximum\n" + "".join(f"{n},x\n" for n in range(1, 9)))
    lines = str(paper.value).splitlines()
    assert (len(lines), lines[-1]) == (6, "and 3 more")


def test_two_files_for_one_paper_are_an_error(tmp_path: Path) -> None:
    _loaded(tmp_path, "Question,Maximum\n1,5\n")
    with pytest.raises(PaperError, match=r"BIO-P1.tsv .*BIO-P1.csv define one paper"):
        _loaded(tmp_path, "Question\tMaximum\n1\t5\n", "BIO-P1.tsv")


def test_a_session_s_paper_is_its_test_form_s_else_its_test_s(tmp_path: Path) -> None:
    form = _loaded(tmp_path, "Question,Maximum\n1,5\n", "Form_7.csv")
    test = _loaded(tmp_path, "Question,Maximum\n1,6\n", "bio.csv")
    papers = load_papers(tmp_path / "papers")

    def of(**paper: object) -> Paper | None:
        return papers.of(Session.model_validate(paper))

    assert of(testForm={"reference": "FORM/7"}, test={"reference": "BIO"}) == form
    assert of(testForm={"reference": "FORM-8"}, test={"reference": "BIO"}) == test
    assert of(testForm={"name": "Form:7"}) == form
    assert of(testForm={"reference": "FORM-8"}) is None
    assert of() is None


def test_the_sample_is_a_definition() -> None:
    paper = load_papers(PAPERS).by_reference["chem-mc"]
    assert paper.versions["b"] == {"3": "1", "4": "2", "1": "3", "2": "4"}
    assert paper.questions["1"] == Question(2, 1.0, Kind.RESPONSES, _A_TO_D)
