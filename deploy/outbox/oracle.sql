-- Ausgangstabelle für den Connector (sql_outbox) / outbox table for the connector. Oracle 12c or newer.
-- In derselben Transaktion wie die Daten schreiben, nach der Änderung / write in the same transaction, after the change.
CREATE TABLE jobhub_outbox (
    seq          NUMBER(18) GENERATED ALWAYS AS IDENTITY (NOCACHE ORDER) PRIMARY KEY,
    source_id    VARCHAR2(100 CHAR) NOT NULL,
    operation    CHAR(1) DEFAULT 'U' NOT NULL CHECK (operation IN ('U', 'E')),  -- U: whole state, E: end
    end_reason   VARCHAR2(40 CHAR),
    payload      CLOB CHECK (payload IS JSON),                                  -- JSON, the whole state
    created_at   TIMESTAMP WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE                                       -- written by the connector only
);
CREATE INDEX jobhub_outbox_waiting ON jobhub_outbox (CASE WHEN published_at IS NULL THEN seq END);
-- GRANT SELECT, UPDATE (published_at) ON jobhub_outbox TO jobhub_connector;
