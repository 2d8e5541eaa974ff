-- How far each table follows the log.
CREATE TABLE IF NOT EXISTS positions (
    name TEXT PRIMARY KEY,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    columns TEXT NOT NULL
);

-- What is known of each source: written by whoever polls it.
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    records BIGINT NOT NULL,
    polled_at BIGINT,
    succeeded_at BIGINT,
    changed_at BIGINT
);
