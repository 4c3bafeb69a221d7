ALTER TABLE board.job ADD COLUMN career_change boolean;

UPDATE board.job SET career_change = doc.career_change FROM board.job_doc AS doc WHERE doc.entity = job.entity;

ALTER TABLE board.job ADD COLUMN traits integer GENERATED ALWAYS AS (CASE WHEN working_time @> ARRAY['VOLLZEIT'::text] THEN 1 ELSE 0 END + CASE WHEN working_time @> ARRAY['TEILZEIT'::text] THEN 2 ELSE 0 END + CASE WHEN working_time @> ARRAY['SCHICHT_NACHT_WOCHENENDE'::text] THEN 4 ELSE 0 END + CASE WHEN working_time @> ARRAY['HEIM_TELEARBEIT'::text] THEN 8 ELSE 0 END + CASE WHEN working_time @> ARRAY['MINIJOB'::text] THEN 16 ELSE 0 END + CASE WHEN contract_term = 'BEFRISTET' OR contract_term = 'BEIDES' THEN 32 ELSE 0 END + CASE WHEN contract_term = 'UNBEFRISTET' OR contract_term = 'BEIDES' THEN 64 ELSE 0 END + CASE WHEN offer_type = 'ARBEIT' THEN 128 ELSE 0 END + CASE WHEN offer_type = 'SELBSTAENDIGKEIT' THEN 256 ELSE 0 END + CASE WHEN offer_type = 'AUSBILDUNG' THEN 512 ELSE 0 END + CASE WHEN offer_type = 'PRAKTIKUM' THEN 1024 ELSE 0 END + CASE WHEN temporary_agency_work THEN 2048 ELSE 0 END + CASE WHEN kldb2010 LIKE '____1' OR career_change THEN 4096 ELSE 0 END + coalesce(substring(kldb2010 from '^[0-9]{3}')::integer, 1000) * 8192) STORED;

ALTER TABLE board.job ADD COLUMN text_words tsvector;

CREATE INDEX job_text_words ON board.job USING gin (text_words) WHERE text_words IS NOT NULL;

CREATE INDEX job_text_missing ON board.job (changed_at) WHERE text_words IS NULL AND NOT ended AND NOT removed;

ALTER TABLE board.job_doc DROP COLUMN career_change;
