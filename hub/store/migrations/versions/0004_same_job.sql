CREATE TABLE board.card_member (
    entity TEXT NOT NULL,
    card TEXT NOT NULL,
    precedence INTEGER NOT NULL,
    lead_entity TEXT NOT NULL,
    rule TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    why JSONB NOT NULL,
    PRIMARY KEY (entity)
);

CREATE INDEX card_member_card ON board.card_member (card);

CREATE TABLE board.match_suggestion (
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    rule TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    why JSONB NOT NULL,
    PRIMARY KEY (a, b)
);

CREATE TABLE board.match_decision (
    pair TEXT NOT NULL,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fingerprint BYTEA NOT NULL,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    PRIMARY KEY (pair)
);

CREATE TABLE board.match_seen (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    fingerprint BYTEA NOT NULL,
    edition INTEGER NOT NULL,
    keys TEXT[] NOT NULL,
    PRIMARY KEY (entity)
);

CREATE INDEX match_seen_keys ON board.match_seen USING gin (keys);

CREATE TABLE board.match_pair (
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    rule TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    fold BOOLEAN NOT NULL,
    why JSONB NOT NULL,
    PRIMARY KEY (a, b)
);

CREATE INDEX match_pair_b ON board.match_pair (b);

