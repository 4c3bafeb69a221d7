"""Ways out of an empty result: the costliest filter, what may have been meant, fewer words, a wider circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.search.query import RADII, JobQuery
from hub.search.words import corrected
from hub.web.links import FILTERS, OTHERS, address, chosen
from hub.web.parameters import JobParameters
from hub.web.queries import Board
from hub.web.texts import Translate

_PATH = "/stellen"
_WORDS_TRIED = 4
_NOTHING = JobQuery()


@dataclass(frozen=True, slots=True)
class Way:
    """Another search and how many jobs it has."""

    label: str
    address: str
    total: int


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Only ways that lead to something. `costly`: the filter without which there are the most hits."""

    costly: Way | None = None
    meant: tuple[Way, ...] = ()
    others: tuple[Way, ...] = ()


Tried = tuple[str, str, JobQuery]


async def ways_out(board: Board, parameters: JobParameters, query: JobQuery, t: Translate) -> WaysOut:
    """Ways out of this search, which found nothing."""
    filters = sorted(await _counted(board, _without(parameters, query, t)), key=lambda way: -way.total)
    meant = await _counted(board, _mended(parameters, query))
    label = t("without")
    further = [
        *_in_descriptions(parameters, query, t),
        *_fewer_words(parameters, query, t),
        *_wider(parameters, query, t),
    ]
    others = [Way(label.format(filter=way.label), way.address, way.total) for way in filters[1:]]
    return WaysOut(filters[0] if filters else None, tuple(meant), (*others, *await _counted(board, further)))


async def _counted(board: Board, tried: Iterable[Tried]) -> list[Way]:
    ways = [Way(label, link, await board.count(other)) for label, link, other in tried]
    return [way for way in ways if way.total]


def _without(parameters: JobParameters, query: JobQuery, t: Translate) -> Iterator[Tried]:
    """The same search without one of its filters, each called by its name."""
    names = {"zeitarbeit": "no_agency", "arbeitgeber": "employer"}
    for name in (*FILTERS, *OTHERS):
        nothing = getattr(_NOTHING, name)
        if getattr(query, name) != nothing:
            link = address(_PATH, chosen(parameters), **{name: None})
            yield t(names.get(name, name)), link, query.but(**{name: nothing})


def _mended(parameters: JobParameters, query: JobQuery) -> Iterator[Tried]:
    """What may have been meant by a mistyped word, with the same filters and without any."""
    words = corrected(query.was)
    if words is None:
        return
    filters = (*FILTERS, *OTHERS)
    bare = query.but(was=words, **{name: getattr(_NOTHING, name) for name in filters})
    yield words, address(_PATH, chosen(parameters), was=words, **dict.fromkeys(filters)), bare


def _in_descriptions(parameters: JobParameters, query: JobQuery, t: Translate) -> Iterator[Tried]:
    """The same search in the descriptions, too."""
    if query.was and not query.beschreibung:
        link = address(_PATH, chosen(parameters), beschreibung="true")
        yield t("in_descriptions"), link, query.but(beschreibung=True)


def _fewer_words(parameters: JobParameters, query: JobQuery, t: Translate) -> Iterator[Tried]:
    """The same search with one of several words left out."""
    words = query.was.split()
    if not 1 < len(words) <= _WORDS_TRIED:
        return
    for place in range(len(words)):
        rest = " ".join(words[:place] + words[place + 1 :])
        yield t("only_words").format(words=rest), address(_PATH, chosen(parameters), was=rest), query.but(was=rest)


def _wider(parameters: JobParameters, query: JobQuery, t: Translate) -> Iterator[Tried]:
    """The same search farther around the place."""
    for km in [radius for radius in RADII if query.place and radius > query.radius_km][-3:]:
        label = t("wider").format(km=km)
        yield label, address(_PATH, chosen(parameters), umkreis=str(km)), query.but(radius_km=km)
