-- Ausgangstabelle für den Connector (sql_outbox) / outbox table for the connector. SQL Server 2016 or newer.
-- In derselben Transaktion wie die Daten schreiben, nach der Änderung / write in the same transaction, after the change.
CREATE TABLE jobhub_outbox (
    seq          BIGINT IDENTITY PRIMARY KEY,
    source_id    NVARCHAR(100) NOT NULL,
    operation    CHAR(1) DEFAULT 'U' NOT NULL CHECK (operation IN ('U', 'E')),  -- U: whole state, E: end
    end_reason   NVARCHAR(40),
    payload      NVARCHAR(MAX) CHECK (ISJSON(payload) = 1),                     -- JSON, the whole state
    created_at   DATETIMEOFFSET DEFAULT SYSDATETIMEOFFSET() NOT NULL,
    published_at DATETIMEOFFSET                                                 -- written by the connector only
);
CREATE INDEX jobhub_outbox_waiting ON jobhub_outbox (seq) WHERE published_at IS NULL;
-- GRANT SELECT ON jobhub_outbox TO jobhub_connector; GRANT UPDATE ON jobhub_outbox (published_at) TO jobhub_connector;
