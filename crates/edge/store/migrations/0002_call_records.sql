-- A record of every call, also of one that nobody answered: who was called, who took part, when it began.

ALTER TABLE call_record RENAME TO former_call_record;

CREATE TABLE call_record (
    id TEXT PRIMARY KEY,
    correlation TEXT NOT NULL,
    resource TEXT,
    connection TEXT,
    started_by TEXT NOT NULL,
    called TEXT NOT NULL,
    participants TEXT NOT NULL,
    ended_by TEXT,
    end_reason TEXT NOT NULL,
    is_two_party BIGINT NOT NULL,
    began_us BIGINT NOT NULL,
    connected_us BIGINT,
    ended_us BIGINT NOT NULL,
    lasted_us BIGINT NOT NULL
);

INSERT INTO call_record (id, correlation, resource, started_by, called, participants, ended_by, end_reason,
        is_two_party, began_us, connected_us, ended_us, lasted_us)
    SELECT id, correlation, resource, started_by, '[]', '[]', ended_by, end_reason,
        is_two_party, started_us, started_us, ended_us, lasted_us
    FROM former_call_record;

DROP TABLE former_call_record;

CREATE INDEX call_record_by_end ON call_record (ended_us, id);
