-- Ausgangstabelle für den Connector (sql_outbox) / outbox table for the connector. PostgreSQL.
-- In derselben Transaktion wie die Daten schreiben, nach der Änderung / write in the same transaction, after the change.
CREATE TABLE jobhub_outbox (
    seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id    VARCHAR(100) NOT NULL,
    operation    CHAR(1) DEFAULT 'U' NOT NULL CHECK (operation IN ('U', 'E')),  -- U: whole state, E: end
    end_reason   VARCHAR(40),
    payload      TEXT,                                                          -- JSON, the whole state
    created_at   TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE                                       -- written by the connector only
);
CREATE INDEX jobhub_outbox_waiting ON jobhub_outbox (seq) WHERE published_at IS NULL;
-- GRANT SELECT, UPDATE (published_at) ON jobhub_outbox TO jobhub_connector;
