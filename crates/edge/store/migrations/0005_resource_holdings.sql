-- What communication resources hold by their own doing: numbers, SIP routing, consents; and what is kept for them for a while.

CREATE TABLE held_number (
    number TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    details TEXT NOT NULL,
    purchased_us BIGINT NOT NULL
);
CREATE INDEX held_number_by_resource ON held_number (resource, number);

CREATE TABLE sip_routing (
    resource TEXT PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE consent (
    resource TEXT NOT NULL,
    tenant TEXT NOT NULL,
    object TEXT NOT NULL,
    principal TEXT NOT NULL,
    clients TEXT NOT NULL,
    PRIMARY KEY (resource, tenant, object)
);
CREATE INDEX consent_by_object ON consent (tenant, object);

CREATE TABLE kept_for_a_while (
    id TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX kept_for_a_while_by_expiry ON kept_for_a_while (expires_us);
