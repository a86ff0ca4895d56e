-- What companies' administrators say of their telephone systems: objects as JSON, under a version that rises with
-- each change; and ids that nobody wrote, which are kept by name even when the object is gone.

CREATE TABLE organization (
    tenant TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE tenant_object (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    identity TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, identity)
);

CREATE TABLE tenant_object_id (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
);
