"""Cells, and rows that stay as they are."""

from __future__ import annotations

from tests.faults.inputs.case import ROWS, TWO, case, formatted
from tests.read.source_files import workbook

CELLS = {
    "per cent cells": case(
        formatted("0%", "B", ["Keycode", "Q1"], ["QUIET0AA", 1], ["QUIET1AA", 0]),
        "mark-not-a-number",
    ),
    "per cent cells with decimals": case(
        formatted("0.0%", "B", ["Keycode", "Q1"], ["QUIET0AA", 1]), "mark-not-a-number"
    ),
    "rounded for the eye only": case(
        formatted("0", "B", ["Keycode", "Q1"], ["QUIET0AA", 7]), sent={"QUIET0AA": "1:7"}
    ),
    "shares of the maximum": case(
        "Keycode,Q1,Q2\nQUIET0AA,1,1\nQUIET1AA,0.5,0.2\nQUIET2AA,0.8,0\n", "marks-are-shares"
    ),
    "answers and marks in one sheet": case(
        "ID,Q1,Q2,Q3\n70000,A,B,12\n70001,B,B,9\n", "layout-ambiguous"
    ),
    "digits as codes among answers": case(
        "Student ID,Q1,Q2\n70000,A,0\n70001,B,B\n",
        "answer-not-understood",
        sent={"MULTI1AA": "1:B 2:B"},
    ),
    "numbers that may be answers": case(
        "Student ID,Q1,Q2,Q3,Q4,Q5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n", "reading-uncertain"
    ),
    "numbers that are marks, with their maxima": case(
        "Student ID,Q1,Q2,Q3,Q4,Q5\nMax,5,5,5,5,5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n",
        sent={"MULTI0AA": "1:1 2:3 3:2 4:4 5:1", "MULTI1AA": "1:2 2:3 3:2 4:4 5:1"},
    ),
    "grades": case("Keycode,Q1,Q2\nQUIET0AA,P,M\nQUIET1AA,F,D\n", "reading-uncertain"),
    "true and false": case(
        "Keycode,Q1,Q2\nQUIET0AA,T,F\nQUIET1AA,F,F\n",
        sent={"QUIET0AA": "1:T 2:F", "QUIET1AA": "1:F 2:F"},
    ),
    "bits as R/exams writes them": case(
        "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
        "70000;A;a;1;00;1.png;01000;01000\n70001;B;b;1;00;2.png;10000;01000\n",
        sent={"MULTI0AA": "1:B", "MULTI1AA": "1:A"},
    ),
    "bits that lost their zeros": case(
        "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
        "70000;A;a;1;0;1.png;1000;1000\n70001;B;b;1;0;2.png;10000;1000\n",
        "answers-damaged",
    ),
    "yes and no": case(
        '"file_id","input_path","output_path","score","Roll","q1"\n"a","a","a","0","70000","yes"\n'
        '"b","b","b","0","70001","no"\n',
        "answer-not-understood",
    ),
    "several boxes of a question without a value": case(
        "questionnaire_id,global_id,empty,valid,recognized,review,verified,1_1_review,1_1,1_1_1,"
        "1_1_2,1_2_review,1_2_1,1_2_2\n70000,x,0,1,1,,1,,2,0,1,,0,1\n70001,x,0,1,1,,1,,1,1,0,,1,1\n",
        "answer-multiple",
        sent={"MULTI0AA": "1:B 2:B"},
    ),
    "text as Excel is told": case(
        'Candidate Reference,Q1\n="00123000",1\n',
        "cell-tidied",
        sent={"ZEROS0AA": "1:1"},
    ),
    "text as an apostrophe says": case(
        "Candidate Reference,Q1\n'00123000,'7\n", "cell-tidied", sent={"ZEROS0AA": "1:7"}
    ),
    "direction marks": case(
        "Keycode,Q1\n\u200eQUIET0AA,5\nQUIET1AA,\u202a6\u202c\n\u2066QUIET2AA\u2069,7\n",
        "keycode-tidied",
        "cell-tidied",
        sent={"QUIET0AA": "1:5", "QUIET1AA": "1:6", "QUIET2AA": "1:7"},
    ),
    "a Cyrillic letter in a keycode": case("Keycode,Q1\nQUIE\u04220AA,1\n", "keycode-malformed"),
}

ROWS_THAT_STAY = {
    "a long reference and nothing marked": case(
        "CandidateReference,Q1\n123452301000A,1\n123452301001A,\n123452301002A,2\n",
        "row-not-marked",
        sent={"LONGR0AA": "1:1", "LONGR2AA": "1:2"},
    ),
    "a blank script": case(
        "Student ID,Q1,Q2\n123452301000A,A,B\n123452301001A,,\n",
        sent={"LONGR0AA": "1:A 2:B", "LONGR1AA": "1: 2:"},
    ),
    "a page that could not be read": case(
        '"file_id","input_path","output_path","score","Roll","q1"\n"a","a","a","0","70000","A"\n'
        '"b","b","b","0","",""\n',
        "keycode-missing",
        sent={"MULTI0AA": "1:A"},
    ),
    "not marked yet, where blanks are zeros": case(
        "Keycode,Q1,Q2,Q3,Q4\nTELLS0AA,1,2,3,4\nTELLS1AA,,,,\nTELLS2AA,5,,6,7\n",
        "row-not-marked",
        sent={"TELLS0AA": "1:1 2:2 3:3 4:4", "TELLS2AA": "1:5 2:0 3:6 4:7"},
        blank_mark="zero",
    ),
    "maxima without a label": case(
        "Keycode,Name,Q1,Q2,Total\n,,10,10,20\nQUIET0AA,A,5,6,11\n",
        "row-is-maxima",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "maxima as full marks": case(
        "Keycode,Q1,Q2,Total\nFull marks,10,10,20\nQUIET0AA,5,6,11\n",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "a space in the last row of the grid": case(
        workbook(
            {"Marks": [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2], ["QUIET1AA", 3, 4]]},
            lambda book: setattr(book["Marks"]["A1048576"], "value", " "),
        ),
        sent=TWO,
    ),
    "a class list beside the marks": case(
        workbook(
            {
                "Marks": [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2], ["QUIET1AA", 3, 4]],
                "List": [["Keycode", "Name"], ["QUIET0AA", "A. Lee"], ["QUIET1AA", "B. Ray"]],
            }
        ),
        "sheet-not-recognised",
        sent=TWO,
    ),
    "the same candidate twice, whom Surpass does not know": case(
        "Candidate Reference,Q1\nX1,1\nX1,2\n", "candidate-unknown", "question-twice"
    ),
    "Ctrl-Z at the end": case(f"Keycode,Q1,Q2\n{ROWS}\x1a", sent=TWO),
    "names in another encoding": case(
        "Student ID,Name,Q1,Q2\nS0000,Иванова,1,2\n".encode("cp1251"),
        "encoding-other",
        sent={"QUIET0AA": "1:1 2:2"},
    ),
    "a heading of marks in another encoding": case(
        "Student ID,Q1,Эссе\nS0000,1,12\n".encode("cp1251"), "encoding-other", "encoding-unclear"
    ),
    "an answer in another encoding": case(
        "Student ID,Q1,Q2\nS0000,Б,B\nS0001,A,B\nS0002,A,ЖЮ\n".encode("cp1251"),
        "encoding-other",
        "encoding-unclear",
    ),
    "Shift-JIS": case(
        "Student ID,氏名,Q1,Q2\nS0000,山田ソ能,1,2\n".encode("shift-jis"), "file-unreadable"
    ),
    "nothing that is known, with a word that is an answer": case(
        "Name,Q1,Q2\nA B,AD,C\nB C,B,C\n", "layout-unknown"
    ),
}
