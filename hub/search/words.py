"""What somebody means by the words of a search: terms, all of which a job must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hub.search.fold import fold_query
from hub.search.forms import understood
from hub.search.mend import nearest, wider
from hub.search.vocabulary import Meaning, Phrase, Piece, meaning_of, of_occupations, pieces, split, written

_ENDINGS = ("en", "e", "n", "s")
_SHORTEST_STEM = 4
_CERTAIN = 60
"""Occupations of five digits, of some 1,300; a word that means more of them is hardly the name of one."""
_BESIDES = frozenset(
    word
    for line in (
        "ab aber arbeiten auch bin bitte brauche dringend etwas ganz gern gerne geht gut gute guten haben hier ich",
        "irgendetwas irgendwas irgendwo ist kann leicht leichte machen mal man mehr mein meine mich mir moechte",
        "moeglich naehe neu neue nur ohne schnell sehr sein sofort sowas tun verdienen viel was weg werden will wo",
        "wuerde zb",
    )
    for word in line.split()
)
"""What people say besides when they write as they speak; left out unless it is all, or means something with another."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing searched for: what was written, folded, and what finds it."""

    word: str
    meaning: Meaning


def stem(word: str) -> str:
    """The word without the ending of a plural or an infinitive: kuechen finds kuechenhilfe and kuechleiter."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(1_000)
def terms(text: str) -> tuple[Term, ...]:
    """What to look for when somebody types this. Words that together mean one thing are one term."""
    phrases = _phrases(fold_query(text))
    told = [phrase for phrase in phrases if len(phrase) > 1 or phrase[0] not in _BESIDES]
    return tuple(map(_term, told or phrases))


@lru_cache(1_000)
def corrected(text: str) -> str | None:
    """The text with words nobody knows replaced by the nearest of our vocabulary; None if there is nothing to mend.

    If it is one known word, a compound gives way to its last part: who finds no Möbelverkäufer is shown a Verkäufer.
    """
    words = fold_query(text)
    # Beside a certain word another is not guessed at: a Pflegekraft in the Nachtdienst is none in the Wachdienst.
    sure = any(term.meaning.codes for term in terms(text))
    mended = [nearest(word, sure=sure) or word for word in words]
    if mended == words and len(words) == 1:
        mended = [wider(words[0]) or words[0]]
    return " ".join(map(written, mended)) if mended != words else None


def several(searched: tuple[Term, ...]) -> tuple[Term, ...]:
    """Those of several words of which one may be enough; none if it is but one thing that is searched for.

    Facts of a job (Teilzeit) stay as they are. Where a word names certain occupations, one that fits half of all jobs
    (Helfer, Mitarbeiter) is not enough; nor is a place, a thing or a task where another names the work itself.
    """
    things = tuple(term for term in searched if not term.meaning.fact)
    if len(things) < 2:
        return ()
    certain = tuple(term for term in things if 0 < len(term.meaning.codes) <= _CERTAIN)
    surest = min((term.meaning.hint for term in certain), default=0)
    return tuple(term for term in certain if term.meaning.hint == surest) or things


def _phrases(words: list[str]) -> list[Phrase]:
    """Groups the words: the longest run that means something first; "Lager Helfer" is also Lagerhelfer."""
    found: list[Phrase] = []
    while words:
        for length in range(min(len(words), 5), 0, -1):
            run = tuple(words[:length])
            joined = tuple(fold_query("".join(run)))
            if length == 1 or meaning_of(run) or meaning_of(joined):
                found.append(run if length == 1 or meaning_of(run) else joined)
                words = words[length:]
                break
    return found


def _term(phrase: Phrase) -> Term:
    word = " ".join(phrase)
    if meaning := _meaning(phrase):
        return Term(word, meaning)
    own = pieces(phrase, "both")
    if own[0].where == "word":
        return Term(word, Meaning((own,), of_occupations(own[0])))
    spellings = (pieces((stem(word),), "start"), pieces((word,), "end"), *_of_parts(word))
    return Term(word, Meaning(spellings, of_occupations(own[0])))


def _meaning(phrase: Phrase) -> Meaning | None:
    return meaning_of(phrase) if len(phrase) > 1 else understood(phrase[0])


def _of_parts(word: str) -> Iterator[tuple[Piece, ...]]:
    """A compound's parts apart, the last one also in its other spellings: Möbeltischler is "Schreiner (Möbel)"."""
    if parts := split(word):
        first = pieces((parts[0],), "start")
        head = meaning_of((parts[1],)) or Meaning((pieces((parts[1],), "end"),))
        yield from ((*first, *spelling) for spelling in head.spellings)
