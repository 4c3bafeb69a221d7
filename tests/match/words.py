"""What the labelled set is written with: occupations, employers, towns, sentences. All invented or public."""

from __future__ import annotations

# KldB -> titles in use for it. The first digits differ where the occupations do.
OCCUPATIONS: dict[str, list[str]] = {
    "51311": ["Lagerhelfer", "Helfer im Lager", "Mitarbeiter Kommissionierung", "Lagermitarbeiter"],
    "51312": ["Fachkraft für Lagerlogistik", "Fachlagerist", "Lagerist"],
    "54101": ["Reinigungskraft", "Raumpfleger", "Helfer - Reinigung", "Reinigungshilfe"],
    "82102": ["Altenpfleger", "Pflegefachkraft Altenpflege", "Examinierte Altenpflegekraft"],
    "81302": ["Gesundheits- und Krankenpfleger", "Pflegefachmann", "Krankenpfleger"],
    "29302": ["Koch", "Jungkoch", "Koch im Restaurantbetrieb"],
    "29301": ["Küchenhilfe", "Spülkraft", "Helfer in der Küche"],
    "62102": ["Verkäufer im Einzelhandel", "Verkaufskraft", "Verkäufer"],
    "52122": ["Berufskraftfahrer CE", "LKW-Fahrer Nahverkehr", "Kraftfahrer Güterverkehr"],
    "24412": ["Metallbauer", "Metallbauer Konstruktionstechnik", "Schlosser"],
    "25101": ["Produktionshelfer", "Helfer Produktion", "Mitarbeiter Produktion"],
    "26212": ["Elektroniker Energie- und Gebäudetechnik", "Elektroinstallateur", "Elektriker"],
    "63302": ["Servicekraft Gastronomie", "Kellner", "Restaurantfachkraft"],
    "71402": ["Bürokraft", "Sachbearbeiter Büro", "Kaufmännischer Mitarbeiter Büro"],
    "53112": ["Wachmann", "Sicherheitsmitarbeiter", "Mitarbeiter Objektschutz"],
    "32122": ["Maurer", "Facharbeiter Hochbau", "Bauhandwerker Maurer"],
    "12101": ["Helfer Gartenbau", "Grünpflegehelfer", "Gartenbauhelfer"],
    "83112": ["Erzieher", "Pädagogische Fachkraft Kita", "Gruppenleitung Kita"],
}
ABBREVIATED = [
    ("Mitarbeiter", "MA"), ("Mitarbeiter", "Mitarb."), ("Sachbearbeiter", "SB"), ("Produktion", "Prod."),
    ("Fachkraft", "Fachkr."), ("Verkäufer", "Verk."),
]  # fmt: skip
SURNAMES = [
    "Aschwege", "Brockhinke", "Dirkmann", "Elverfeld", "Fockenbrock", "Grotemeyer", "Heuwing", "Isfort", "Jansbeck",
    "Kleimann", "Lütkewitte", "Möllmann", "Niehoff", "Ostendarp", "Pöppelmann", "Rensing", "Schürkamp", "Tenhagen",
    "Uppenkamp", "Vörding", "Wiggerich", "Zurholt", "Ahlhorn", "Büscher", "Cordesmeyer", "Droste", "Evers", "Fleige",
]  # fmt: skip
TRADES = [
    "Logistik", "Metallbau", "Gebäudedienste", "Bäckerei", "Haustechnik", "Möbel", "Pflegedienst", "Gastronomie",
    "Landtechnik", "Textil", "Druck", "Fenster", "Kunststofftechnik", "Spedition",
]  # fmt: skip
FORMS = ["GmbH", "GmbH & Co. KG", "KG", "OHG", "e.K.", "AG", "UG (haftungsbeschränkt)"]
STREETS = ["Industriestraße", "Bahnhofstraße", "Am Markt", "Kirchstraße", "Dieselstraße", "Zum Hafen", "Gewerbestraße"]
CHAINS = ["Frischhaus Märkte KG", "Kleiderladen Nord GmbH", "Getränkewelt GmbH & Co. KG", "Drogerie Blau GmbH"]

# jobcenter -> plz, place, ags
TOWNS: dict[str, list[tuple[str, str, str]]] = {
    "borken": [("48624", "Schöppingen", "05554052"), ("48683", "Ahaus", "05554004"), ("46342", "Velen", "05554064")],
    "coesfeld": [
        ("48249", "Dülmen", "05558016"), ("48301", "Nottuln", "05558032"), ("59387", "Ascheberg", "05558004"),
    ],
    "steinfurt": [
        ("48565", "Steinfurt", "05566084"), ("48607", "Ochtrup", "05566068"), ("49525", "Lengerich", "05566040"),
    ],
    "warendorf": [
        ("48231", "Warendorf", "05570052"), ("59269", "Beckum", "05570008"), ("59302", "Oelde", "05570028"),
    ],
    "muenster": [("48143", "Münster", "05515000"), ("48167", "Münster", "05515000"), ("48157", "Münster", "05515000")],
}  # fmt: skip
GENDERS = ["", " (m/w/d)", " (w/m/d)", " m/w/d", " (gn)"]
HABITS = [
    "",
    " in Vollzeit",
    " ab sofort",
    " gesucht",
    " (Kennziffer 2026-{n})",
    " in {place}",
    " – {hours} Std./Woche",
]

OPENINGS = ["Wir suchen zum nächstmöglichen Zeitpunkt Verstärkung.", "Unser Team in {place} braucht Unterstützung."]
TASKS = {
    "5": "Sie be- und entladen Fahrzeuge. Sie stellen Sendungen zusammen. Sie halten Ordnung. Sie arbeiten nach Plan.",
    "8": "Sie begleiten Menschen im Alltag. Sie führen die Dokumentation. Sie beraten Angehörige. Sie planen Angebote.",
    "6": "Sie beraten Gäste und Kunden. Sie bedienen die Kasse. Sie füllen Ware auf. Sie sorgen für Ordnung.",
    "2": "Sie bedienen Maschinen. Sie prüfen die Qualität. Sie lesen Zeichnungen. Sie beheben kleine Störungen.",
    "3": "Sie errichten Mauerwerk. Sie richten Baustellen ein. Sie arbeiten nach Bauplan. Sie betonieren Bauteile.",
    "7": "Sie bearbeiten den Schriftverkehr. Sie pflegen Daten. Sie nehmen Anrufe entgegen. Sie schreiben Rechnungen.",
    "1": "Sie pflegen Grünflächen. Sie setzen Pflanzen. Sie mähen und schneiden. Sie bedienen Kleingeräte.",
}
OFFERS = [
    "Wir bieten Fahrtkostenzuschuss und Arbeitskleidung.", "Sie werden gründlich eingearbeitet.",
    "Quereinstieg ist möglich.", "Führerschein Klasse B ist von Vorteil.", "Wir zahlen nach Tarif.",
    "Bewerbungen gern per E-Mail.", "Es erwartet Sie ein nettes Team.",
]  # fmt: skip
