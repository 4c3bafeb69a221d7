"""Free text becomes plain text; nothing of its markup is left."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.web.clean import paragraphs, plain_text, safe_link
from hub.web.json_ld import as_script, script_hash
from hub.web.render import Renderer
from hub.web.writing import mailbox, number, telephone


@pytest.mark.parametrize(
    "text, plain",
    [
        (None, ""),
        ("", ""),
        ("Eins\r\nzwei\r\n\r\n\r\n\r\ndrei  ", "Eins\nzwei\n\ndrei"),
        ("<p>Eins</p><p>zwei</p>", "Eins\nzwei"),
        ("Zeile<br>Zeile<BR/>Zeile", "Zeile\nZeile\nZeile"),
        ("<ul><li>a</li><li class='x'>b</li></ul>", "- a\n- b"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("5 < 7 und 7 > 5", "5 < 7 und 7 > 5"),
        ("Lohn &lt; 20 €", "Lohn < 20 €"),
        ("<script>alert(1)</script>gut", "gut"),
        ("<style>p{}</style><b>fett</b>", "fett"),
        ("<img src=x onerror=alert(1)>Bild", "Bild"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ],
)
def test_text_is_cleaned(text: str | None, plain: str) -> None:
    assert plain_text(text) == plain


@given(st.text() | st.lists(st.sampled_from(["<b>", "<script>", "&lt;", "</p>", "x", "\n", "<", ">"])).map("".join))
@example("<<script>script>alert(1)<</script>/script>")
def test_whatever_the_text_a_page_shows_no_element_of_it(text: str) -> None:
    environment = Renderer({})._environment
    shown = environment.from_string("{% for p in ps %}{{ p | join }}{% endfor %}").render(ps=paragraphs(text))

    assert "<" not in shown


@pytest.mark.parametrize("address", ["https://firma.example/jobs?x=1", "http://firma.example", "HTTPS://FIRMA.example"])
def test_a_link_of_the_web_stays(address: str) -> None:
    assert safe_link(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//firma.example",
        "firma.example",
        "https:///x",
        "http://[x",
    ],
)
def test_anything_else_is_no_link(address: str | None) -> None:
    assert safe_link(address) is None


@given(st.text())
@example("</script><script>alert(1)</script>\u2028")
def test_data_cannot_leave_its_script_element(text: str) -> None:
    script = as_script({"title": text})

    assert "<" not in script
    assert "\u2028" not in script


def test_the_hash_is_the_one_browsers_compute() -> None:
    assert script_hash("alert(1)") == "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"


@pytest.mark.parametrize(
    "written, dialled", [("02555 1234-5", "0255512345"), ("+49 251 1", "+492511"), ("siehe Anzeige", None), ("", None)]
)
def test_only_numbers_can_be_dialled(written: str, dialled: str | None) -> None:
    assert telephone(written) == dialled


@pytest.mark.parametrize(
    "written, address",
    [("a@b.example", "a@b.example"), ("a@b.example?bcc=x@y.example", None), ("a b@c.example", None), ("ab", None)],
)
def test_only_mailboxes_can_be_written_to(written: str, address: str | None) -> None:
    assert mailbox(written) == address


def test_numbers_are_grouped_as_germans_do() -> None:
    assert [number(one) for one in (0, 999, 1000, 1234567)] == ["0", "999", "1.000", "1.234.567"]
