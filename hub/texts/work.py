"""One step: open jobs whose text is not searchable yet get their words. Repeatable, and it may die anywhere.

Whoever writes a job leaves its words out (NULL), so what is missing is what is new or changed; there is nothing else to
remember. A job that was written meanwhile is left for the next step: its epoch and version tell.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from hub.search.career import welcomes_career_changers
from hub.search.texts import lexemes

JOBS_AT_A_TIME = 2_000

# The condition of the index job_text_missing.
MISSING = "text_words IS NULL AND NOT ended AND NOT removed"

_NEXT = f"""
SELECT job.entity, epoch, version, description FROM board.job AS job LEFT JOIN board.job_doc USING (entity)
WHERE {MISSING} ORDER BY changed_at LIMIT %s
"""  # noqa: S608 - all of it is written here
_FILL = """
UPDATE board.job SET text_words = array_to_tsvector(made.words::text[]), career_change = made.welcomes
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::boolean[])
    AS made (entity, epoch, version, words, welcomes)
WHERE job.entity = made.entity AND (job.epoch, job.version) = (made.epoch, made.version) AND job.text_words IS NULL
"""


def run_once(connection: Connection[Any], most: int = JOBS_AT_A_TIME) -> int:
    """Make the texts of the jobs that wait the longest searchable; how many there were.

    Args:
        connection: in autocommit mode.
        most: jobs of one step, which is one transaction.
    """
    waiting = connection.execute(_NEXT, (most,)).fetchall()
    if waiting:
        entities, epochs, versions, texts = map(list, zip(*waiting, strict=True))
        # As PostgreSQL reads an array; a folded word has neither quote nor backslash.
        words = ["{" + ",".join(f'"{word}"' for word in lexemes(text)) + "}" for text in texts]
        connection.execute(_FILL, (entities, epochs, versions, words, [welcomes_career_changers(one) for one in texts]))
    return len(waiting)


def backlog(connection: Connection[Any]) -> int:
    """Open jobs whose text is not searchable yet."""
    row = connection.execute(f"SELECT count(*) FROM board.job WHERE {MISSING}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0
