-- What each fact's table was made from: a hash of the statements that made it.
CREATE TABLE fact_tables (
    name TEXT PRIMARY KEY,
    made_from TEXT NOT NULL
);

-- How far each fact follows each partition of a log. An embedded log is one partition, 0.
CREATE TABLE positions (
    name TEXT NOT NULL,
    partition BIGINT NOT NULL,
    log TEXT NOT NULL,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (name, partition)
);

-- What each batch of a partition was about, for processes that did not write it: the newest of them.
CREATE TABLE news (
    partition BIGINT NOT NULL,
    number BIGINT NOT NULL,
    boards TEXT NOT NULL,
    sprints TEXT NOT NULL,
    everything SMALLINT NOT NULL,
    PRIMARY KEY (partition, number)
);

-- The number of the newest one, so that asking whether there is any reads one row for each partition.
CREATE TABLE news_heads (
    partition BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);

-- What is known of each source: written by whoever polls it.
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    records BIGINT NOT NULL,
    polled_at BIGINT,
    succeeded_at BIGINT,
    changed_at BIGINT
);
