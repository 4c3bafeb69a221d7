"""Texts that want to become scripts: each calls `xss()` if a page takes it for more than text."""

from __future__ import annotations

from typing import Any

from tests.support.events import vacancy

Record = dict[str, Any]

VECTORS = [
    "<script>xss()</script>",
    '"><script>xss()</script>',
    "'><script>xss()</script>",
    "</title><script>xss()</script>",
    "</textarea><script>xss()</script>",
    "</script><script>xss()</script>",
    "--><script>xss()</script><!--",
    "<img src=x onerror=xss()>",
    '"><img src=x onerror=xss()>',
    "<svg onload=xss()>",
    "<svg/onload=xss()//",
    "<svg><script>xss()</script></svg>",
    "<iframe srcdoc='<script>parent.xss()</script>'></iframe>",
    "<details open ontoggle=xss()>x</details>",
    "<input autofocus onfocus=xss()>",
    "<math><mtext><table><mglyph><style><img src=x onerror=xss()>",
    "<base href='https://fremd.example/'>",
    '" autofocus tabindex=1 onfocus="xss()" x="',
    "' autofocus tabindex=1 onfocus='xss()' x='",
    '" hx-get="/" hx-trigger="load" hx-on:htmx:after:request="xss()',
    "javascript:xss()",
    " JaVaScRiPt:xss()//https://firma.example",
    "data:text/html,<script>xss()</script>",
    "&lt;script&gt;xss()&lt;/script&gt;",
    "{{ ''.__class__ }}${xss()}\u2028<script>xss()</script>",
]
FIELDS = [
    "title",
    "employer",
    "description",
    "contact name",
    "contact phone",
    "contact email",
    "contact website",
    "place",
]
"""25 vectors in eight fields: 200 payloads."""


def hostile_jobs() -> list[Record]:
    """For each vector a job that has it in every field."""
    return [_job(number, vector) for number, vector in enumerate(VECTORS)]


def _job(number: int, vector: str) -> Record:
    base = vacancy()
    return vacancy(
        source_id=f"X-{number}",
        title=vector,
        description=f"Text\n\n{vector}",
        employer={"name": vector, "betriebsnummer": None},
        contact=dict.fromkeys(base["contact"], vector),
        workplace={**base["workplace"], "place": vector, "street": vector},
        external_references=[{"system": "BA", "id": vector}],
    )


def hostile_addresses() -> list[str]:
    """German addresses that carry a vector themselves, with {} for it; it comes quoted."""
    return [
        "/stellen?was={}",
        "/stellen?wo={}",
        "/stellen?arbeitgeber={}&jobcenter=borken",
        "/stellen?page={}&{}=1",
        "/massnahmen?was={}&wo={}",
        "/druck?stelle={}",
        "/barriere-melden?seite=/{}",
        "/stellen/{}",
        "/{}",
    ]
