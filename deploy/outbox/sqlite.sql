-- Ausgangstabelle für den Connector (sql_outbox) / outbox table for the connector. SQLite.
-- In derselben Transaktion wie die Daten schreiben, nach der Änderung / write in the same transaction, after the change.
CREATE TABLE jobhub_outbox (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id    TEXT NOT NULL,
    operation    TEXT DEFAULT 'U' NOT NULL CHECK (operation IN ('U', 'E')),     -- U: whole state, E: end
    end_reason   TEXT,
    payload      TEXT CHECK (payload IS NULL OR json_valid(payload)),           -- JSON, the whole state
    created_at   TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL,
    published_at TEXT                                                           -- written by the connector only
);
CREATE INDEX jobhub_outbox_waiting ON jobhub_outbox (seq) WHERE published_at IS NULL;
