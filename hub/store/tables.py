"""Tables of the hub, in two schemas: `board` for what the public reads, `reporting` for figures and accounts.

The migrations make them; a test holds both equal. Only keys, orders and counts are mandatory: an entity that left
keeps a skeleton of exactly these, so that an older update cannot revive it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Computed, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from hub.search import texts, traits
from hub.store import columns as columns_of
from hub.store.columns import LATER, columns, key

BOARD, REPORTING = "board", "reporting"

metadata = MetaData()

# ---------------------------------------------------------------------------------------------------------- board

job = Table(
    "job",
    metadata,
    *columns_of.entity(),
    *columns_of.offer(),
    *columns("text", "title_sort employer_name employer_sort"),
    *columns("double", "latitude longitude"),
    *columns("text", "fold"),
    *columns_of.provenance(),
    # Made of the description by hub/texts.
    Column("career_change", Boolean, info={LATER: True}),
    Column("traits", Integer, Computed(traits.EXPRESSION, persisted=True)),
    Column("text_words", TSVECTOR(), info={LATER: True}),
    Column("fold_words", TSVECTOR(), Computed(texts.TITLE_LEXEMES, persisted=True)),
    schema=BOARD,
)
_OPEN = text("NOT ended")
Index("job_fold_trgm", job.c.fold, postgresql_using="gin", postgresql_ops={"fold": "gin_trgm_ops"})
Index("job_fold_words", job.c.fold_words, postgresql_using="gin")
Index("job_text_words", job.c.text_words, postgresql_using="gin", postgresql_where=text("text_words IS NOT NULL"))
Index(
    "job_text_missing",
    job.c.changed_at,
    postgresql_where=text("text_words IS NULL AND NOT ended AND NOT removed"),
)
Index("job_place", job.c.latitude, job.c.longitude, postgresql_where=_OPEN)
Index("job_occupation", job.c.kldb2010, postgresql_where=_OPEN)
Index("job_newest", job.c.published_from.desc(), job.c.entity, postgresql_where=_OPEN)

# Apart from the searched columns, so that a search reads little; uncompressed, since compressing costs half the speed.
job_doc = Table(
    "job_doc",
    metadata,
    key("text", "entity"),
    *columns("text", "description street betriebsnummer"),
    *columns("json", "contact external_references"),
    *columns("text", "organisational_unit"),
    schema=BOARD,
)

board_measure = Table("measure", metadata, *columns_of.measure(), schema=BOARD)

# Cards of two jobs or more; every other job stands for itself. `precedence` 0 leads. The matcher alone writes these.
card_member = Table(
    "card_member",
    metadata,
    key("text", "entity"),
    *columns("text", "card", mandatory=True),
    *columns("int", "precedence", mandatory=True),
    *columns("text", "lead_entity rule", mandatory=True),
    *columns("double", "score", mandatory=True),
    *columns("json", "why", mandatory=True),
    schema=BOARD,
)
Index("card_member_card", card_member.c.card)
match_suggestion = Table(
    "match_suggestion",
    metadata,
    key("text", "a"),
    key("text", "b"),
    *columns("text", "rule", mandatory=True),
    *columns("double", "score", mandatory=True),
    *columns("json", "why", mandatory=True),
    schema=BOARD,
)
# What operators decided; its sink writes it.
match_decision = Table(
    "match_decision",
    metadata,
    key("text", "pair"),
    *columns("text", "a b verdict reason", mandatory=True),
    *columns("moment", "decided_at", mandatory=True),
    *columns("bytes", "fingerprint", mandatory=True),
    *columns("text", "record_topic", mandatory=True),
    *columns("int", "record_partition", mandatory=True),
    *columns("long", "record_offset", mandatory=True),
    schema=BOARD,
)
# What the matcher has seen: the state of each open job, its blocking keys, and every pair worth a fold or a look.
match_seen = Table(
    "match_seen",
    metadata,
    key("text", "entity"),
    *columns("text", "jobcenter", mandatory=True),
    *columns("long", "epoch version", mandatory=True),
    *columns("bytes", "fingerprint", mandatory=True),
    *columns("int", "edition", mandatory=True),
    *columns("texts", "keys", mandatory=True),
    schema=BOARD,
)
Index("match_seen_keys", match_seen.c["keys"], postgresql_using="gin")
match_pair = Table(
    "match_pair",
    metadata,
    key("text", "a"),
    key("text", "b"),
    *columns("text", "rule", mandatory=True),
    *columns("double", "score", mandatory=True),
    *columns("bool", "fold", mandatory=True),
    *columns("json", "why", mandatory=True),
    schema=BOARD,
)
Index("match_pair_b", match_pair.c.b)

# ------------------------------------------------------------------------------------------------------ reporting

vacancy = Table(
    "vacancy",
    metadata,
    *columns_of.entity(),
    *columns_of.offer(),
    *columns("text", "organisational_unit"),
    *columns_of.provenance(),
    schema=REPORTING,
)
measure = Table("measure", metadata, *columns_of.measure(), schema=REPORTING)
placement = Table(
    "placement",
    metadata,
    *columns_of.entity(),
    *columns("text", "month placement_type kldb3 kreis subsidy"),
    *columns("int", "openings_filled"),
    Column(
        "counts_as",
        Text,
        Computed(
            "CASE WHEN placement_type = 'MINIJOB' THEN 'K2E1_MINIJOB'"
            " WHEN placement_type = 'OEFF_GEF' THEN 'K2E2_OEFF_GEF'"
            " WHEN placement_type = ANY (ARRAY['SVB_UNGEFOERDERT', 'SVB_GEFOERDERT', 'AUSBILDUNG_BETRIEBLICH',"
            " 'AUSBILDUNG_SCHULISCH', 'SELBSTAENDIG']) THEN 'INTEGRATION' END",
            persisted=True,
        ),
    ),
    *columns_of.provenance(),
    schema=REPORTING,
)

delivery = Table(
    "delivery",
    metadata,
    key("text", "jobcenter"),
    key("text", "delivery"),
    *columns("text", "source event file", mandatory=True),
    *columns("text", "sha256"),
    *columns("day", "day"),
    *columns("text", "load state", mandatory=True),
    *columns("bool", "complete", mandatory=True),
    *columns("moment", "begun_at", mandatory=True),
    *columns("moment", "ended_at"),
    *columns("long", "rows_read sent_new sent_changed sent_ended sent_other unchanged", mandatory=True),
    *columns("long", "duplicate rejected held", mandatory=True),
    *columns("json", "rejected_by_code findings", mandatory=True),
    *columns("texts", "unmapped_columns", mandatory=True),
    *columns("text", "reason"),
    *columns("bytes", "fingerprint", mandatory=True),
    *columns("moment", "reported_at", mandatory=True),
    *columns("text", "record_topic", mandatory=True),
    *columns("int", "record_partition", mandatory=True),
    *columns("long", "record_offset", mandatory=True),
    schema=REPORTING,
)

receipt = Table(
    "receipt",
    metadata,
    key("text", "topic"),
    key("int", "partition"),
    key("long", "first_offset"),
    *columns("long", "last_offset", mandatory=True),
    *columns("text", "jobcenter event", mandatory=True),
    *columns("text", "delivery"),
    *columns("long", "new changed ended", mandatory=True),
    *columns("bytes", "fingerprint", mandatory=True),
    *columns("moment", "decided_at", mandatory=True),
    schema=REPORTING,
)
Index("receipt_delivery", receipt.c.jobcenter, receipt.c.delivery)

receipt_exception = Table(
    "receipt_exception",
    metadata,
    key("text", "topic"),
    key("int", "partition"),
    key("long", "raw_offset"),
    *columns("text", "outcome", mandatory=True),
    *columns("text", "code key delivery"),
    *columns("text", "jobcenter event", mandatory=True),
    schema=REPORTING,
)
Index("receipt_exception_key", receipt_exception.c.key)

rejected = Table(
    "rejected",
    metadata,
    *columns("text", "jobcenter event", mandatory=True),
    *columns("text", "key"),
    *columns("text", "code", mandatory=True),
    *columns("text", "field"),
    key("text", "origin_topic"),
    key("int", "origin_partition"),
    key("long", "origin_offset"),
    *columns("text", "delivery source_file"),
    *columns("long", "source_line"),
    *columns("moment", "rejected_at", mandatory=True),
    *columns("bool", "has_original", mandatory=True),
    *columns("bytes", "fingerprint", mandatory=True),
    schema=REPORTING,
)
Index("rejected_newest", rejected.c.jobcenter, rejected.c.rejected_at.desc())

# ------------------------------------------------------------------------------------- machinery of sinks and ledger

sink_progress = Table(
    "sink_progress",
    metadata,
    key("text", "sink"),
    key("text", "topic"),
    key("int", "partition"),
    *columns("long", "owner_epoch first_offset next_offset", mandatory=True),
    *columns("moment", "updated_at", mandatory=True),
    schema=REPORTING,
)
# What lies between two offsets: [from, to). Curated topics have holes (transactions, compaction), hence the records.
# `inserted`: rows that were not there before; added up, as many as the table must have.
sink_range = Table(
    "sink_range",
    metadata,
    key("text", "sink"),
    key("text", "topic"),
    key("int", "partition"),
    key("long", "from_offset"),
    *columns("long", "to_offset records applied", mandatory=True),
    Column("inserted", BigInteger, nullable=False, server_default=text("0")),
    schema=REPORTING,
)
# One row for each record that was not simply applied. EXPIRED_UNREAD stands for as many as `records` says.
sink_exception = Table(
    "sink_exception",
    metadata,
    key("text", "sink"),
    key("text", "topic"),
    key("int", "partition"),
    key("long", "record_offset"),
    *columns("text", "outcome", mandatory=True),
    *columns("text", "entity code"),
    *columns("long", "records", mandatory=True),
    *columns("moment", "noted_at", mandatory=True),
    schema=REPORTING,
)
# How many records each raw partition contributed. `records` counts from from_raw_offset on, `total` all of them.
sink_origin = Table(
    "sink_origin",
    metadata,
    key("text", "sink"),
    key("text", "raw_topic"),
    key("int", "raw_partition"),
    *columns("long", "records from_raw_offset last_raw_offset total", mandatory=True),
    schema=REPORTING,
)
