-- What is said about people's presence, and who wants to be told of its changes (Microsoft Graph).

CREATE TABLE presence (
    person TEXT PRIMARY KEY,
    state TEXT NOT NULL
);

CREATE TABLE graph_subscription (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    application TEXT NOT NULL,
    definition TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
