"""What the words of a heading say of its column, where no layout names it.

A column that may hold marks or answers is never left out without a word. So a heading must say that
it holds something else: that it is reckoned from other columns, or that it describes the row. The
words are compared as ``schemas.layout.fold`` leaves them.
"""

from __future__ import annotations

import re
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MARK = _words(
    """
    mark marks score scores point points pts awarded obtained achieved gained earned given
    punkte puntos
    """
)
"""Words for what a question earns. Beside other words they name marks: ``Practical mark``."""

TOTALS = _words("mark marks score scores point points pts result results")
"""Those of them that, without any other word, head the total of a row."""

SUMS = _words(
    """
    total totals subtotal subtotals sum sums max maximum maxima average averages mean avg median
    percent percentage pct % gesamt summe totale suma somme durchschnitt insgesamt totaal razem
    celkem summa totalt összesen toplam yhteensä итого 合計 总分 总计 總分
    """
) | {"\u03c3"}  # a capital sigma, folded
"""Words that say that a column is reckoned from others, whatever stands beside them."""

RECKONED = SUMS | _words(
    """
    sub grand overall final raw scaled weighted available possible out of grade grades result
    results rank position place band classification pass fail correct right wrong incorrect
    attempted unanswered credit in the and target predicted forecast estimated expected previous
    prior baseline boundary boundaries threshold
    """
)
"""Words of which a heading may consist, with those for marks, that names no question's mark."""

MAXIMA = _words(
    """
    max maximum maxima available possible out
    """
)
"""Words that say that a column holds what could be had."""

KEYS = _words(
    """
    key keys answer answers answerkey solution solutions lösung lösungen musterlösung corrigé
    """
)
"""Words that say that a row holds the right answers."""

STATISTICS = _words(
    """
    average averages mean avg median mode sd std stdev st dev deviation standard variance facility
    difficulty discrimination min minimum lowest highest range count number rate mittelwert
    durchschnitt moyenne media promedio
    """
)
"""Words that say that a row is reckoned from those of the candidates, and is no total."""

PRESENCE = _words("attendance attended attend present presence anwesend anwesenheit présence")
ABSENCE = _words("absent absence absentee abwesend")

PARTS = _words(
    """
    section part paper component unit module task exercise problem element essay item test exam
    quiz assignment assessment homework coursework question answer response practical oral
    project teil aufgabe partie ejercicio
    """
)
"""Parts of an examination: with a number or a letter behind them they may have marks."""

VERSIONS = _words(
    """
    version versions ver vers booklet variant variante form set series serie fassung paper qp colour
    color
    """
)
"""Words that head the version of the paper, where the cells look like one: A, 2, Set B, pink."""

PERHAPS_VERSIONS = _words("code group type test exam key day gruppe reihe mode sheet")
"""Words that may do so in a sheet of answers."""

WHOLES = _words("section part paper component unit module test exam")
"""Words that may say which part of the examination all rows of a sheet are of."""

DESCRIPTIVE = _words(
    """
    name names surname forename firstname lastname fullname first last middle initials title
    email mail e username user login account phone tel telephone mobile gender sex dob birth
    birthday age date time start started end completion completed finished duration minutes
    seconds hours timestamp submitted submission created updated modified year term semester
    season series address street postcode zip city town country nationality language medium
    school college campus university institution institute faculty department dept subject
    course programme program degree qualification cohort class form stream pathway option shift
    tutor teacher lecturer instructor invigilator marker markers examiner moderator checker
    checked supervisor seat desk room hall table building floor page pages script scripts sheet
    image images picture file filename folder path batch barcode scan scanned scanner comment
    comments remark remarks note notes feedback reason status state id ids uid ref reference
    number numbers no nr num code codes candidate candidates student students learner pupil
    centre center session index roll attendance absent present missing count counts serial sn s
    group groups house ward district region county province row level tier stage url link ip device
    browser organisation organization company registration registered admission enrolment
    enrollment matriculation hesa uln uci upn attempt attempts lang vorname nachname klasse
    bemerkung bemerkungen kommentar datum uhrzeit nom prénom prenom classe remarque remarques
    commentaire nombre apellido apellidos curso grupo comentario cognome nome corso classe
    commento naam voornaam achternaam klas opmerking opmerkingen key
    """
)
"""Words that say that a column describes the row: who it is, where, when, by whom."""

_TOTAL = _words(
    """
    total totals sum gesamt summe totale suma somme insgesamt totaal razem celkem summa totalt
    összesen toplam yhteensä итого 合計 总分 总计 總分
    """
) | {"\u03c3"}
_OF_TOTAL = _TOTAL | MARK | _words("grand overall final raw the of out in")
_MAXIMUM = 10  # from which on a number beside Total is what could be had
_WORD = re.compile(r"[%#]|[^\W\d_]+|\d+")
_INDEX = re.compile(r"\d+|[a-z]|[ivx]{1,4}")


def words(heading: str) -> list[str]:
    """The words and numbers of a heading, folded: ``Q1 (10 pts)`` is q, 1, 10, pts."""
    return _WORD.findall(heading.casefold())


def is_sum(heading: str) -> bool:
    """Whether it names a total, a subtotal, a maximum, a mean or the like."""
    return not SUMS.isdisjoint(words(heading))


def is_reckoned(heading: str, *, beside_a_mark: bool) -> bool:
    """Whether the column is reckoned from others, or is what could be had.

    ``beside_a_mark``: the sheet has a column of marks as it is, so that another one headed Score or
    Marks obtained is no total.
    """
    found = words(heading)
    if is_sum(heading):
        return True
    if RECKONED.union(TOTALS).isdisjoint(found) or not RECKONED.union(MARK).issuperset(found):
        return False
    return not MAXIMA.isdisjoint(found) if beside_a_mark else True


def is_total(heading: str) -> bool:
    """Whether it names the total of the whole row: ``Total (20)``, ``Grand total``, ``Sum``.

    Not that of a part, such as ``Total A`` or ``Total 1``: a number there is the row's maximum.
    """
    found = words(heading)
    said = [word for word in found if not word.isdecimal() or int(word) < _MAXIMUM]
    return not _TOTAL.isdisjoint(said) and _OF_TOTAL.issuperset(said)


def is_summary(heading: str) -> bool:
    """Whether it can head no question's mark: sums, and words such as Grade or Rank."""
    found = words(heading)
    return is_sum(heading) or (bool(found) and (RECKONED - TOTALS).issuperset(found))


def is_descriptive(heading: str, extra: frozenset[str] = frozenset()) -> bool:
    """Whether it describes the row, so that even numbers in it are no marks."""
    found = words(heading)
    if "#" in found:
        return True
    if not MARK.isdisjoint(found) and extra.isdisjoint(found):
        return False
    if names_a_part(heading):
        return False
    return not (DESCRIPTIVE | extra).isdisjoint(found)


_COLOURS = "white pink blue green yellow red orange purple buff grey gray lilac cream violet brown"
VERSION_CELL = (
    r"(?i:(?:(?:version|ver|v|set|form|booklet|paper|variant|series|code|type)[ .:-]*)?"
    rf"(?:[A-Z]|[0-9]|[ivx]{{1,4}})|{_COLOURS.replace(' ', '|')})"
)
"""What a cell with the version of the paper looks like."""


def may_head_versions(heading: str, *, of_answers: bool) -> bool:
    """Whether it may head the version of the paper, if the cells look so."""
    found = words(heading)
    known = VERSIONS | PERHAPS_VERSIONS if of_answers else VERSIONS
    return not known.isdisjoint(found) and MARK.isdisjoint(found) and not names_a_part(heading)


def may_be_another_marking(heading: str) -> bool:
    """Whether numbers below it may be marks of another marking: ``Marker 2``, ``Remark``.

    A marker's number, below ``Marker``, is none.
    """
    found = {*words(heading)}
    by_order = not _MARKERS.isdisjoint(found) and not _ORDINALS.isdisjoint(found)
    return by_order or not _SECOND_MARKING.isdisjoint(found)


_MARKERS = _words("marker markers examiner examiners moderator moderators checker checkers")
_ORDINALS = _words("1 2 3 a b c i ii iii first second third 1st 2nd 3rd st nd rd")
_SECOND_MARKING = _words("remark remarks remarking moderator moderators moderation")


def names_a_part(heading: str) -> bool:
    """Whether it names a part of the examination by its number or letter: ``Section A``."""
    found = words(heading)
    return any(
        word in PARTS and _INDEX.fullmatch(after) is not None for word, after in pairwise(found)
    )
