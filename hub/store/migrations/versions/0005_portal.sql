CREATE SCHEMA IF NOT EXISTS portal;

CREATE TABLE IF NOT EXISTS portal.job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_key text NOT NULL,
    state text NOT NULL,
    jobcenter text NOT NULL,
    organisational_unit text,
    sender text,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    accepted jsonb,
    proposed jsonb,
    refusal text,
    refusal_text text,
    published_until date,
    reminded_for date,
    ended_on date,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS job_desk ON portal.job (jobcenter, state, id);

CREATE INDEX IF NOT EXISTS job_until ON portal.job (published_until) WHERE state IN ('WAITING', 'ACCEPTED', 'CHANGED');

CREATE TABLE IF NOT EXISTS portal.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL,
    action text NOT NULL,
    state text NOT NULL,
    actor text NOT NULL,
    done_at timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS step_job ON portal.step (job_id);

CREATE TABLE IF NOT EXISTS portal.mail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL,
    kind text NOT NULL,
    recipient text,
    subject text,
    body text,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    sent_at timestamptz
);

CREATE INDEX IF NOT EXISTS mail_due ON portal.mail (next_at) WHERE sent_at IS NULL;
