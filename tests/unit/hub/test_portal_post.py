"""Letters: nothing can be smuggled into their headers, and what is not secret is all that is told of them."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from hub.mail import Folder, Letter, Login, MailServer, message
from hub.portal.letters import REASONS, Letters
from hub.portal.links import Links, Ticket
from hub.portal.similar import employer_key
from hub.portal.staff import Staff, credentials, hashed
from tests.support.portal import PUBLIC, SECRET

LETTERS = Letters(Links(SECRET, PUBLIC), {"borken": "Jobcenter Kreis Borken"})


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_line_end_in_a_header_is_refused(end: str) -> None:
    smuggled = f"x{end}Bcc: all@victims.example"
    with pytest.raises(ValueError, match=r"linefeed|carriage|newline|CR|defects|invalid"):
        message("a@hub.example", Letter("b@c.example", smuggled, "text"))
    with pytest.raises(ValueError, match=r"linefeed|carriage|newline|CR|defects|invalid"):
        message("a@hub.example", Letter(f"b@c.example{smuggled}", "subject", "text"))
    with pytest.raises(ValueError, match=r"linefeed|carriage|newline|CR|defects|invalid"):
        message("a@hub.example", Letter("b@c.example", "subject", "text", reply_to=smuggled))


def test_what_a_title_holds_stays_in_the_text() -> None:
    content = {"title": "Koch {manage} %s {0}\nBcc: x@y.example", "published_until": "2027-01-20"}
    letter = LETTERS.about("accepted", Ticket(7, "key"), content, "borken")
    made = message("a@hub.example", Letter("b@c.example", letter.subject, letter.body, number=7))

    parsed = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert ["From", "To", "Subject", "Message-ID", "Auto-Submitted"] == list(parsed.keys())[:5]
    assert parsed["bcc"] is None
    assert "{manage} %s {0}" in parsed.get_content()


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_in_both_languages(reason: str) -> None:
    content = {"title": "Koch", "published_until": "2027-01-20"}
    letter = LETTERS.about("refused", Ticket(7, "key"), content, "borken", reason, "Bitte anrufen.")

    assert all(words in letter.body for words in (*REASONS[reason], "Bitte anrufen.", "Jobcenter Kreis Borken"))


def test_the_same_letter_twice_is_one_file_and_has_one_id(tmp_path: Path) -> None:
    for _ in range(2):
        Folder(tmp_path, "a@hub.example").send(Letter("b@c.example", "s", "t", number=7))

    (file,) = tmp_path.iterdir()
    assert "<jobhub-portal-7@hub.example>" in file.read_text()


def test_no_secret_is_told() -> None:
    assert "geheim" not in repr(MailServer("mail.example", 587, "starttls", "a@hub.example", Login("u", "geheim")))


def test_a_hash_knows_its_password_and_no_other() -> None:
    staff = Staff.of("borken", hashed("eva", "ein langes Kennwort"))
    header = "Basic ZXZhOmVpbiBsYW5nZXMgS2VubndvcnQ="

    assert ("eva", "ein langes Kennwort") == credentials(header)
    assert (None, "eva", "eva") == (staff.recall(header), staff.check(header), staff.recall(header))
    assert [None, None] == [staff.check("Basic ZXZhOng="), staff.recall("Basic ZXZhOng=")]


@pytest.mark.parametrize(
    "name, password", [("eva", "kurz"), ("e:va", "ein langes Kennwort"), ("", "ein langes Kennwort")]
)
def test_a_short_password_and_an_odd_name_are_refused(name: str, password: str) -> None:
    with pytest.raises(ValueError, match=r"name|password"):
        hashed(name, password)


def test_legal_forms_make_no_other_employer() -> None:
    names = ["Fa. Müller GmbH & Co. KG", "Mueller GmbH", "MÜLLER", "Müller UG (haftungsbeschränkt)", "Müller e.K."]

    assert ["mueller"] == sorted({employer_key(name) for name in names})
    assert employer_key("Müller Logistik") != employer_key("Müller")
