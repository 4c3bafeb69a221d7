CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA board;

CREATE SCHEMA reporting;

CREATE TABLE board.job (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    source_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    ended BOOLEAN NOT NULL,
    end_reason TEXT,
    ended_on DATE,
    visibility TEXT,
    title TEXT,
    kldb2010 TEXT,
    offer_type TEXT,
    industry_code TEXT,
    country TEXT,
    plz TEXT,
    place TEXT,
    ags TEXT,
    working_time TEXT[],
    weekly_hours FLOAT(53),
    contract_term TEXT,
    term_until DATE,
    employment_kind TEXT,
    temporary_agency_work BOOLEAN,
    pay_min NUMERIC(10, 2),
    pay_max NUMERIC(10, 2),
    pay_currency TEXT,
    pay_period TEXT,
    openings INTEGER,
    start_on DATE,
    published_from DATE,
    published_until DATE,
    title_sort TEXT,
    employer_name TEXT,
    employer_sort TEXT,
    latitude FLOAT(53),
    longitude FLOAT(53),
    fold TEXT,
    fold_words TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, fold)) STORED,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id TEXT,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    raw_topic TEXT,
    raw_partition INTEGER,
    raw_offset BIGINT,
    PRIMARY KEY (entity)
);

CREATE INDEX job_fold_trgm ON board.job USING gin (fold gin_trgm_ops);

CREATE INDEX job_fold_words ON board.job USING gin (fold_words);

CREATE INDEX job_newest ON board.job (published_from DESC, entity) WHERE NOT ended;

CREATE INDEX job_place ON board.job (latitude, longitude) WHERE NOT ended;

CREATE TABLE board.job_doc (
    entity TEXT NOT NULL,
    description TEXT,
    street TEXT,
    betriebsnummer TEXT,
    contact JSONB,
    external_references JSONB,
    organisational_unit TEXT,
    PRIMARY KEY (entity)
);

-- Long texts stay uncompressed: pglz costs half the speed of writing.
ALTER TABLE board.job_doc ALTER COLUMN description SET STORAGE EXTERNAL;

CREATE TABLE board.measure (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    source_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    ended BOOLEAN NOT NULL,
    end_reason TEXT,
    ended_on DATE,
    title TEXT,
    instrument TEXT,
    theme TEXT,
    provider TEXT,
    measure_number TEXT,
    location_country TEXT,
    location_plz TEXT,
    location_place TEXT,
    location_street TEXT,
    location_ags TEXT,
    location_latitude FLOAT(53),
    location_longitude FLOAT(53),
    start_on DATE,
    end_on DATE,
    seats INTEGER,
    seats_free INTEGER,
    funder TEXT,
    outcomes_entries INTEGER,
    outcomes_exits INTEGER,
    outcomes_early_exits INTEGER,
    outcomes_employed_after_6_months INTEGER,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id TEXT,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    raw_topic TEXT,
    raw_partition INTEGER,
    raw_offset BIGINT,
    PRIMARY KEY (entity)
);

CREATE TABLE reporting.vacancy (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    source_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    ended BOOLEAN NOT NULL,
    end_reason TEXT,
    ended_on DATE,
    visibility TEXT,
    title TEXT,
    kldb2010 TEXT,
    offer_type TEXT,
    industry_code TEXT,
    country TEXT,
    plz TEXT,
    place TEXT,
    ags TEXT,
    working_time TEXT[],
    weekly_hours FLOAT(53),
    contract_term TEXT,
    term_until DATE,
    employment_kind TEXT,
    temporary_agency_work BOOLEAN,
    pay_min NUMERIC(10, 2),
    pay_max NUMERIC(10, 2),
    pay_currency TEXT,
    pay_period TEXT,
    openings INTEGER,
    start_on DATE,
    published_from DATE,
    published_until DATE,
    organisational_unit TEXT,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id TEXT,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    raw_topic TEXT,
    raw_partition INTEGER,
    raw_offset BIGINT,
    PRIMARY KEY (entity)
);

CREATE TABLE reporting.measure (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    source_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    ended BOOLEAN NOT NULL,
    end_reason TEXT,
    ended_on DATE,
    title TEXT,
    instrument TEXT,
    theme TEXT,
    provider TEXT,
    measure_number TEXT,
    location_country TEXT,
    location_plz TEXT,
    location_place TEXT,
    location_street TEXT,
    location_ags TEXT,
    location_latitude FLOAT(53),
    location_longitude FLOAT(53),
    start_on DATE,
    end_on DATE,
    seats INTEGER,
    seats_free INTEGER,
    funder TEXT,
    outcomes_entries INTEGER,
    outcomes_exits INTEGER,
    outcomes_early_exits INTEGER,
    outcomes_employed_after_6_months INTEGER,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id TEXT,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    raw_topic TEXT,
    raw_partition INTEGER,
    raw_offset BIGINT,
    PRIMARY KEY (entity)
);

CREATE TABLE reporting.placement (
    entity TEXT NOT NULL,
    jobcenter TEXT NOT NULL,
    source_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    ended BOOLEAN NOT NULL,
    end_reason TEXT,
    ended_on DATE,
    month TEXT,
    placement_type TEXT,
    kldb3 TEXT,
    kreis TEXT,
    subsidy TEXT,
    openings_filled INTEGER,
    counts_as TEXT GENERATED ALWAYS AS (CASE WHEN placement_type = 'MINIJOB' THEN 'K2E1_MINIJOB' WHEN placement_type = 'OEFF_GEF' THEN 'K2E2_OEFF_GEF' WHEN placement_type = ANY (ARRAY['SVB_UNGEFOERDERT', 'SVB_GEFOERDERT', 'AUSBILDUNG_BETRIEBLICH', 'AUSBILDUNG_SCHULISCH', 'SELBSTAENDIG']) THEN 'INTEGRATION' END) STORED,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id TEXT,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    raw_topic TEXT,
    raw_partition INTEGER,
    raw_offset BIGINT,
    PRIMARY KEY (entity)
);

CREATE TABLE reporting.delivery (
    jobcenter TEXT NOT NULL,
    delivery TEXT NOT NULL,
    source TEXT NOT NULL,
    event TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT,
    day DATE,
    load TEXT NOT NULL,
    state TEXT NOT NULL,
    complete BOOLEAN NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    rows_read BIGINT NOT NULL,
    sent_new BIGINT NOT NULL,
    sent_changed BIGINT NOT NULL,
    sent_ended BIGINT NOT NULL,
    sent_other BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    held BIGINT NOT NULL,
    rejected_by_code JSONB NOT NULL,
    findings JSONB NOT NULL,
    unmapped_columns TEXT[] NOT NULL,
    reason TEXT,
    fingerprint BYTEA NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    record_topic TEXT NOT NULL,
    record_partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    PRIMARY KEY (jobcenter, delivery)
);

CREATE TABLE reporting.receipt (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    first_offset BIGINT NOT NULL,
    last_offset BIGINT NOT NULL,
    jobcenter TEXT NOT NULL,
    event TEXT NOT NULL,
    delivery TEXT,
    "new" BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    fingerprint BYTEA NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (topic, partition, first_offset)
);

CREATE INDEX receipt_delivery ON reporting.receipt (jobcenter, delivery);

CREATE TABLE reporting.receipt_exception (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    raw_offset BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT,
    key TEXT,
    delivery TEXT,
    jobcenter TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (topic, partition, raw_offset)
);

CREATE INDEX receipt_exception_key ON reporting.receipt_exception (key);

CREATE TABLE reporting.rejected (
    jobcenter TEXT NOT NULL,
    event TEXT NOT NULL,
    key TEXT,
    code TEXT NOT NULL,
    field TEXT,
    origin_topic TEXT NOT NULL,
    origin_partition INTEGER NOT NULL,
    origin_offset BIGINT NOT NULL,
    delivery TEXT,
    source_file TEXT,
    source_line BIGINT,
    rejected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    has_original BOOLEAN NOT NULL,
    fingerprint BYTEA NOT NULL,
    PRIMARY KEY (origin_topic, origin_partition, origin_offset)
);

CREATE INDEX rejected_newest ON reporting.rejected (jobcenter, rejected_at DESC);

CREATE TABLE reporting.sink_progress (
    sink TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    owner_epoch BIGINT NOT NULL,
    first_offset BIGINT NOT NULL,
    next_offset BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (sink, topic, partition)
);

CREATE TABLE reporting.sink_range (
    sink TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    from_offset BIGINT NOT NULL,
    to_offset BIGINT NOT NULL,
    records BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    PRIMARY KEY (sink, topic, partition, from_offset)
);

CREATE TABLE reporting.sink_exception (
    sink TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    entity TEXT,
    code TEXT,
    records BIGINT NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (sink, topic, partition, record_offset)
);

CREATE TABLE reporting.sink_origin (
    sink TEXT NOT NULL,
    raw_topic TEXT NOT NULL,
    raw_partition INTEGER NOT NULL,
    records BIGINT NOT NULL,
    from_raw_offset BIGINT NOT NULL,
    last_raw_offset BIGINT NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (sink, raw_topic, raw_partition)
);

-- Small cells are left out (k = 5). Where a month and Kreis have exactly one, the next smallest goes too, since the
-- hidden figure could be had from a total known elsewhere.
CREATE VIEW reporting.placement_counts AS
WITH cell AS (
    SELECT month, kreis, placement_type, counts_as, sum(openings_filled) AS placements
    FROM reporting.placement
    WHERE NOT ended AND NOT removed
    GROUP BY month, kreis, placement_type, counts_as
), judged AS (
    SELECT *, placements < 5 AS small,
        count(*) FILTER (WHERE placements < 5) OVER (PARTITION BY month, kreis) AS small_cells,
        row_number() OVER (PARTITION BY month, kreis, placements < 5 ORDER BY placements, placement_type) AS place
    FROM cell
), hidden AS (
    SELECT *, small OR (small_cells = 1 AND place = 1) AS suppressed FROM judged
)
SELECT month, kreis, placement_type, counts_as,
    CASE WHEN suppressed THEN NULL ELSE placements END AS placements, suppressed
FROM hidden;
