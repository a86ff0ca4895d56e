-- Recordings: what is recorded, and each of its files from before the first frame until it is deleted.

CREATE TABLE recording (
    id TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    call_id TEXT NOT NULL,
    format TEXT NOT NULL,
    unmixed BIGINT NOT NULL,
    destination TEXT,
    started_us BIGINT NOT NULL,
    ended_us BIGINT,
    end_reason TEXT
);
CREATE INDEX recording_by_start ON recording (started_us, id);

CREATE TABLE recording_file (
    document TEXT PRIMARY KEY,
    recording TEXT NOT NULL,
    position BIGINT NOT NULL,
    state TEXT NOT NULL,
    file TEXT NOT NULL,
    channels BIGINT NOT NULL,
    started_us BIGINT NOT NULL,
    lasted_ms BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    details TEXT NOT NULL,
    end_reason TEXT,
    location TEXT,
    announced BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_us BIGINT,
    problem TEXT,
    expires_us BIGINT
);
CREATE INDEX recording_file_by_recording ON recording_file (recording, position);
CREATE INDEX recording_file_by_state ON recording_file (state, next_attempt_us);
CREATE INDEX recording_file_by_expiry ON recording_file (expires_us);
