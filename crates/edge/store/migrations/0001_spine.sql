-- What a call platform must remember. Portable: text ids, integer microseconds since 1970, JSON as text.

CREATE TABLE secret_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE connection (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    correlation TEXT NOT NULL,
    resource TEXT NOT NULL,
    callback TEXT NOT NULL,
    api_version TEXT NOT NULL,
    operation_context TEXT,
    source TEXT,
    targets TEXT NOT NULL,
    answered_for TEXT,
    established BIGINT NOT NULL,
    opened_us BIGINT NOT NULL
);
CREATE INDEX connection_by_call ON connection (call_id);

CREATE TABLE ongoing_call (
    id TEXT PRIMARY KEY,
    correlation TEXT NOT NULL,
    resource TEXT NOT NULL,
    started_by TEXT NOT NULL,
    is_two_party BIGINT NOT NULL,
    started_us BIGINT NOT NULL
);

CREATE TABLE call_record (
    id TEXT PRIMARY KEY,
    correlation TEXT NOT NULL,
    resource TEXT NOT NULL,
    started_by TEXT NOT NULL,
    ended_by TEXT,
    end_reason TEXT NOT NULL,
    is_two_party BIGINT NOT NULL,
    started_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL,
    lasted_us BIGINT NOT NULL
);
CREATE INDEX call_record_by_end ON call_record (ended_us, id);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    stream TEXT NOT NULL,
    event TEXT NOT NULL,
    event_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    subscription TEXT,
    resource TEXT NOT NULL,
    call_id TEXT NOT NULL,
    connection TEXT,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT,
    next_attempt_us BIGINT,
    settled_us BIGINT
);
CREATE INDEX outbox_by_sequence ON outbox (sequence, id);
CREATE INDEX outbox_by_state ON outbox (state, sequence);
CREATE INDEX outbox_by_connection ON outbox (connection);

CREATE TABLE delivery_attempt (
    delivery TEXT NOT NULL,
    number BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    took_us BIGINT NOT NULL,
    status BIGINT,
    error TEXT,
    body_head TEXT,
    next_attempt_us BIGINT,
    PRIMARY KEY (delivery, number)
);

CREATE TABLE dead_letter (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    reason TEXT NOT NULL,
    last_outcome TEXT NOT NULL,
    last_attempt_us BIGINT,
    dead_us BIGINT NOT NULL,
    stream TEXT NOT NULL,
    event TEXT NOT NULL,
    event_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    subscription TEXT,
    resource TEXT NOT NULL,
    call_id TEXT NOT NULL,
    connection TEXT,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE INDEX dead_letter_by_sequence ON dead_letter (sequence, id);

CREATE TABLE subscription (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    resource TEXT NOT NULL,
    definition TEXT NOT NULL,
    state TEXT NOT NULL,
    validation_code TEXT NOT NULL,
    validation_sent_us BIGINT,
    created_us BIGINT NOT NULL
);

CREATE TABLE repeatability (
    request TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX repeatability_by_expiry ON repeatability (expires_us);

CREATE TABLE binding (
    address_of_record TEXT NOT NULL,
    contact TEXT NOT NULL,
    details TEXT NOT NULL,
    expires_us BIGINT NOT NULL,
    PRIMARY KEY (address_of_record, contact)
);
