"""What a searched word may stand for: its stem, and words people use for the same thing."""

from __future__ import annotations

from dataclasses import dataclass

from hub.search.fold import fold_query

# A word of one group finds the others. Folded; each is searched as a part of a word.
_GROUPS = (
    ("krankenpfleger", "pflegefach", "gesundheits und krankenpfl"),
    ("altenpfleger", "pflegefach"),
    ("lkw", "kraftfahr", "lastkraft"),
    ("putzkraft", "putzmann", "raumpflege", "reinigungskraft", "gebaeudereinig"),
    ("verkaeufer", "verkaufskraft", "einzelhandelskauf", "kaufmann im einzelhandel"),
    ("kfz", "kraftfahrzeug"),
    ("staplerfahrer", "gabelstapler"),
    ("minijob", "aushilfe", "geringfuegig"),
    ("azubi", "auszubildende", "ausbildung"),
    ("praktikum", "praktikant"),
    ("kita", "kindertages", "kindergarten"),
    ("programmierer", "softwareentwickl"),
    ("hausmeister", "haustechnik"),
    ("sekretaer", "assistenz", "buerokauf"),
    ("lagerist", "lagerarbeit", "lagerhelfer", "fachlagerist", "lagerlogist"),
)
_SYNONYMS: dict[str, tuple[str, ...]] = {}
for _group in _GROUPS:
    for _word in _group:
        _SYNONYMS[_word] = tuple(dict.fromkeys((*_SYNONYMS.get(_word, ()), *(w for w in _group if w != _word))))

_ENDINGS = ("erinnen", "ern", "er", "en", "es", "e", "n", "s")
_SHORTEST_STEM = 4
_WHOLE_WORD_BELOW = 4


@dataclass(frozen=True, slots=True)
class Term:
    """One searched word. A short one counts only as a whole word: "it" is in "Zeit"."""

    word: str
    parts: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether it must stand alone."""
        return len(self.word) < _WHOLE_WORD_BELOW


def stem(word: str) -> str:
    """The word without an ending that would hide a hit: "pfleger" also finds "Pflegefachkraft"."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def terms(text: str) -> tuple[Term, ...]:
    """What to look for when somebody types this."""
    return tuple(Term(word, (stem(word), *_SYNONYMS.get(word, ()))) for word in fold_query(text))
