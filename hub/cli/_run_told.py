"""What `jobhub run` says: events while it works, a line for each Jobcenter, and errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.cli._states import state_words
from hub.cli._usage import file_failure
from hub.cli.output import language, note, print_json, t, unless_full
from schemas.codes import explain

if TYPE_CHECKING:
    from connectors.summary import Summary


def code_of(error: BaseException) -> str:
    """Its code; E901 if it is none of ours."""
    if isinstance(error, OSError) and error.filename is not None:
        return "E732"
    return str(getattr(error, "code", "E901"))


def what_of(error: BaseException) -> str:
    """The text of our own errors; of any other only its kind, since its text may hold values."""
    from connectors.reports.detail import in_words

    if isinstance(error, OSError) and error.filename is not None:
        return file_failure(error).what
    if not hasattr(error, "what"):
        return type(error).__name__
    where = f"{error.where}: " if hasattr(error, "where") else ""
    return where + t(getattr(error, "de", "") or in_words(str(error.what), "de"), str(error.what))


def sentence(result: Summary, dry: bool) -> str:
    """What came of one Jobcenter, in a line."""
    counts, waited = result.counts, "" if dry else _waited(result.caught_up)
    head = t("würde senden", "would send") if dry else t("gesendet", "sent")
    return f"{result.jobcenter}: {head}: " + t(
        f"{counts['sent_new']} neu, {counts['sent_changed']} geändert, {counts['sent_ended']} beendet; "
        f"{counts['unchanged']} unverändert{_rest(counts)}, {counts['rejected']} abgelehnt, "
        f"{counts['held']} zurückgehalten{waited}",
        f"{counts['sent_new']} new, {counts['sent_changed']} changed, {counts['sent_ended']} ended; "
        f"{counts['unchanged']} unchanged{_rest(counts)}, {counts['rejected']} rejected, "
        f"{counts['held']} held{waited}",
    )


def _rest(counts: dict[str, Any]) -> str:
    """What else rows may have come to, named where there is any: with it the sum is the number of rows."""
    twice, other = counts["duplicate"], counts["sent_other"]
    told = t(f", {twice} doppelt", f", {twice} duplicate") if twice else ""
    return told + (t(f", {other} vom Hub zu entscheiden", f", {other} left to the hub") if other else "")


def _waited(count: int) -> str:
    return t(f" (dazu {count} Nachrichten, die noch warteten)", f" (and {count} messages that waited)") if count else ""


def _waiting(event: dict[str, Any]) -> str:
    """What it waits for in the reader's language, the technical name beside it."""
    seconds, said = event["seconds"], explain(event["code"]).text(language())
    return f"{event['jobcenter']}  {event['code']}  {said} ({event['what']})  " + t(
        f"weiter in {seconds} s", f"again in {seconds} s"
    )


def json_event(event: dict[str, Any]) -> None:
    """For programs: one object a line."""
    if event["event"] != "progress":
        with unless_full():
            print_json(event)


def text_event(event: dict[str, Any]) -> None:
    """For people, on stderr."""
    if event["event"] == "waiting":
        note(_waiting(event))
    elif event["event"] == "left_open":
        entry, count = explain(event["code"]), event["count"]
        note(
            f"{event['jobcenter']}  {event['code']}  "
            + t(f"Quelle {event['source']}, {count} offen: ", f"source {event['source']}, {count} open: ")
            + f"{entry.text(language())}\n{'':6}{entry.next_step(language())}"
        )
    elif event["event"] == "source_stopped":
        entry = explain(event["code"])
        note(
            f"{event['jobcenter']}  {event['code']}  "
            + t(f"Quelle {event['source']} gestoppt", f"source {event['source']} stopped")
            + f": {entry.text(language())} ({t(event['de'] or event['what'], event['what'])})"
            + f"\n{'':6}{entry.next_step(language())} "
            + t("Die anderen Quellen laufen.", "The other sources go on.")
        )
    elif event["event"] == "recovered":
        entities, deliveries = event["entities"], event["deliveries"]
        note(
            f"{event['jobcenter']}  {event['code']}  "
            + t(
                f"Zustand aus den Topics ergänzt: {entities} Angebote, {deliveries} Lieferungen",
                f"state completed from the topics: {entities} offers, {deliveries} deliveries",
            )
        )
    elif event["event"] == "failed":
        note(f"{event['jobcenter']}  {event['code']}  {event['what']}")
    elif event["event"] == "delivery":
        codes = "".join(f" {code}×{count}" for code, count in event["rejected_by_code"].items())
        note(
            f"{event['jobcenter']}  {event['file']}  {state_words(event['state'], event['reason'])}  "
            + t(
                f"{event['rows_read']} Zeilen: {event['sent_new']} neu, {event['sent_changed']} geändert, "
                f"{event['sent_ended']} beendet, {event['unchanged']} unverändert{_rest(event)}, "
                f"{event['rejected']} abgelehnt{codes}",
                f"{event['rows_read']} rows: {event['sent_new']} new, {event['sent_changed']} changed, "
                f"{event['sent_ended']} ended, {event['unchanged']} unchanged{_rest(event)}, "
                f"{event['rejected']} rejected{codes}",
            )
            + (t(f", {event['held']} zurückgehalten", f", {event['held']} held") if event["held"] else "")
        )
