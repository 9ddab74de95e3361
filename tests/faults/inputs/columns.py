"""Columns and their headings."""

from __future__ import annotations

from tests.faults.inputs.case import ROWS, TWO, case
from tests.read.source_files import workbook

COLUMNS = {
    f"a column of marks, {what}": case(f"Keycode,{heading}\n{rows}", "heading-not-understood")
    for what, heading, rows in [
        ("behind, with NA", "Q1,Essay", "QUIET0AA,1,15\nQUIET1AA,2,NA\nQUIET2AA,2,9\n"),
        ("behind, with a remark", "Q1,Essay", "QUIET0AA,1,15\nQUIET1AA,2,see me\nQUIET2AA,2,9\n"),
        ("behind, with a dash", "Q1,Oral", "QUIET0AA,1,-\nQUIET1AA,2,9\n"),
        ("behind, of words alone", "Q1,Oral", "QUIET0AA,1,NA\nQUIET1AA,2,ABS\n"),
        ("of a practical", "Q1,Practical mark", "QUIET0AA,1,15\nQUIET1AA,2,9\n"),
        ("of a section, before", "Section A,Q1", "QUIET0AA,15,1\nQUIET1AA,9,2\n"),
        ("of a paper's number", "Paper 2,Q1", "QUIET0AA,15,1\nQUIET1AA,9,2\n"),
        ("of halves", "Q1,Coursework", "QUIET0AA,1,15½\nQUIET1AA,2,9.5\n"),
        ("of letters", "Q1,Portfolio", "QUIET0AA,1,A\nQUIET1AA,2,B\n"),
        ("of per cent", "Q1,Listening", "QUIET0AA,1,80%\nQUIET1AA,2,75%\n"),
        ("that is sparse", "Q1,Bonus", "QUIET0AA,1,\nQUIET1AA,2,3\n"),
        ("of a year", "2026,Q1", "QUIET0AA,1,5\n"),
        ("of a second marking", "1st,2nd,Q1", "QUIET0AA,5,7,6\n"),
        ("that is the awarded one", "Question,Mark,Awarded", "QUIET0AA,1,10,4\n"),
        ("that is the obtained one", "Question,Marks,Marks obtained", "QUIET0AA,1,10,4\n"),
        ("without a heading", "Q1,", "QUIET0AA,1,5\n"),
    ]
} | {
    "subtotals amid the questions": case(
        "Keycode,Q1,Subtotal A,Q2,Section B total,Total\nTELLS0AA,1,1,2,2,3\n", "questions-missing"
    ),
    "sums of every kind": case(
        "Keycode,Q1,Sub-total,Q2,Max,%,Grade,Final mark,Rank,Total\nQUIET0AA,1,1,2,20,15,E,3,9,3\n",
        sent={"QUIET0AA": "1:1 2:2"},
    ),
    "columns that describe the row": case(
        "No.,Keycode,Surname,Class,Seat number,Room,Q1,Q2,Marker,Date,Comment\n"
        "1,QUIET0AA,Lee,9B,17,101,1,2,3,2026-06-02,4 pages\n2,QUIET1AA,Ray,9C,18,101,3,4,5,,\n",
        sent=TWO,
    ),
    **{
        f"a version headed {word}": case(
            f"Roll No,{word},Q1,Q2\n70000,A,A,B\n70001,B,C,A\n", "versions-mixed"
        )
        for word in ("Set", "Key", "Booklet", "Variant", "Paper set")
    },
    "a version under a heading that nobody knows": case(
        "Roll No,Blatt,Q1,Q2\n70000,A,A,B\n70001,B,C,A\n", "heading-not-understood"
    ),
}

HEADINGS = {
    f"questions headed {first!r}, {second!r}": case(
        workbook({"M": [["Keycode", first, second], ["QUIET0AA", 1, 9]]}),
        sent={"QUIET0AA": f"{numbers.split()[0]}:1 {numbers.split()[1]}:9"},
    )
    for first, second, numbers in [
        ("Q1\n(10)", "Q2\n(10)", "1 2"),
        ("Q\u00a01", "Q\u00a02", "1 2"),
        ("Q1 (10 pts)", "Q2 (10 pts.)", "1 2"),
        ("1.", "2.", "1 2"),
        ("1)", "2)", "1 2"),
        ("Q1:", "Q2:", "1 2"),
        ("Q1 (a)", "Q1 (b)", "1(a) 1(b)"),
        ("Q1_a", "Q1_b", "1a 1b"),
        ("Q1 mark", "Q2 mark", "1 2"),
        ("Question 1 [max. 10 marks]", "Question 2 [max. 15 marks]", "1 2"),
        ("Task 1", "Task 2", "1 2"),
        ("1.0", "2.0", "1 2"),
        ("Q1 out of 10", "Q2 out of 10", "1 2"),
    ]
} | {
    "long, numbers as pandas writes them": case(
        "Keycode,Question,Mark\nQUIET0AA,1.0,4.0\nQUIET0AA,2.0,5.0\n", sent={"QUIET0AA": "1:4 2:5"}
    ),
    "long, parts that are no decimals": case(
        "Keycode,Question,Mark\nQUIET0AA,1.0,4\nQUIET0AA,1.1,5\n", sent={"QUIET0AA": "1.0:4 1.1:5"}
    ),
    "long, with a total": case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nQUIET0AA,2,6\nQUIET0AA,Total,11\n",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "long, with another total": case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nQUIET0AA,2,6\nQUIET0AA,Total,12\n", "total-differs"
    ),
    "ordinals alone": case("Keycode,1st,2nd,Agreed mark\nQUIET0AA,5,7,6\n", "layout-unknown"),
    "long, an ordinal": case("Keycode,Question,Mark\nQUIET0AA,1st,5\n", "question-not-understood"),
    "trailing separators in the heading": case("Keycode,Q1,Q2,,,\n" + ROWS, sent=TWO),
    "trailing separators that Excel drops": case(
        "Keycode,Q1,Q2,Comment\nQUIET0AA,1,2\nQUIET1AA,3,4,ok\n", sent=TWO
    ),
    "a separator too few amid the marks": case(
        "Keycode,Q1,Q2,Comment\nQUIET0AA,1\nQUIET1AA,3,4,ok\n",
        "row-ragged",
        "mark-blank",
        sent={"QUIET1AA": "1:3 2:4"},
    ),
}
