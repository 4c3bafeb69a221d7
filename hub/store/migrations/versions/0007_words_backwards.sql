UPDATE board.job SET text_words = NULL WHERE text_words IS NOT NULL;

ALTER TABLE board.job DROP COLUMN fold_words;

ALTER TABLE board.job ADD COLUMN fold_words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(fold || ' ' || '<' || replace(reverse(fold), ' ', ' <') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<e', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<ne', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<n', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<s', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<se', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<re', '<') || ' ' || replace('<' || replace(reverse(fold), ' ', ' <'), '<nre', '<'), ' '), ''))) STORED;

CREATE INDEX job_fold_words ON board.job USING gin (fold_words);
