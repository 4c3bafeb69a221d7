"""Every page of the board, and what stands on a page, for tests that go through all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

PAGES = [
    "/",
    "/stellen",
    "/stellen?was=Verkäufer&wo=48143&umkreis=50&arbeitszeit=tz&size=1",
    "/stellen?was=Krankenschwester&wo=Coesfeld&umkreis=5",
    "/stellen?wo=Koesfeld",
    "/stellen?berufsfeld=62&quereinstieg=true",
    "/karte",
    "/karte?was=Verkäufer&arbeitszeit=tz;mj",
    "/karte?was=Gibtesnicht",
    "/stellen/borken:T-1",
    "/stellen/warendorf:T-ANON",
    "/stellen/borken:T-ENDED",
    "/stellen/borken:T-NEVER",
    "/stellen?page=x",
    "/druck?stelle=borken:T-1&stelle=warendorf:T-ANON&stelle=borken:T-ENDED",
    "/druck",
    "/merkliste",
    "/fehler-melden?stelle=borken:T-1",
    "/arbeitgeber",
    "/arbeitgeber/stelle-melden",
    "/arbeitgeber/gesendet",
    "/massnahmen",
    "/massnahmen?wo=Koesfeld",
    "/massnahmen/coesfeld:M-2026-0815",
    "/barriere-melden?seite=/stellen",
    "/leichte-sprache",
    "/gebaerdensprache",
    "/barrierefreiheit",
    "/datenschutz",
    "/impressum",
    "/schnittstelle",
]
"""German addresses; the English ones have /en before them."""

_VOID = {"meta", "link", "img", "br", "input", "base", "source", "hr", "area", "col", "embed", "track", "wbr"}
_SILENT = {"script", "style"}


@dataclass
class Seen(HTMLParser):
    """What a parser sees of a page: its texts with their language, its links, its headings."""

    html: str
    texts: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str | None]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    _open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)

    @property
    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note texts that stand in attributes, and links."""
        values = dict(attrs)
        language = values.get("lang") or self._language
        self.elements.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        for name in ("alt", "aria-label", "placeholder", "title"):
            if values.get(name):
                self.texts.append((language, str(values[name])))
        for name, value in attrs:
            if name in ("href", "action", "hx-get", "src") and value:
                self.links.append((value, values.get("hreflang")))
            if name.startswith("data-") and value and tag == "template":
                self.texts.append((language, value))
        if tag not in _VOID:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in _VOID:
            while self._open and self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        if data.strip() and not (self._open and self._open[-1][0] in _SILENT):
            self.texts.append((self._language, " ".join(data.split())))
