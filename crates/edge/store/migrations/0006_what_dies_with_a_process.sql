-- What an application is told of what died with a process: a connection to a call of others that was never
-- connected has failed, and a recording is over.

ALTER TABLE connection ADD COLUMN joined BIGINT NOT NULL DEFAULT 0;

CREATE TABLE told_recording (
    recording TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    correlation TEXT NOT NULL,
    resource TEXT NOT NULL,
    callback TEXT NOT NULL,
    api_version TEXT NOT NULL,
    connection TEXT,
    since_us BIGINT
);
