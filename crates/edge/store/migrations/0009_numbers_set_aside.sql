-- Numbers that searches and reservations keep aside for a while, so that nobody reads all papers to know which are free.

CREATE TABLE paper_aside (
    paper TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    until_us BIGINT NOT NULL
);
CREATE INDEX paper_aside_by_resource ON paper_aside (resource, until_us);
CREATE INDEX paper_aside_by_time ON paper_aside (until_us);

CREATE TABLE number_aside (
    number TEXT PRIMARY KEY,
    paper TEXT NOT NULL
);
CREATE INDEX number_aside_by_paper ON number_aside (paper);

CREATE INDEX kept_for_a_while_by_resource ON kept_for_a_while (resource, kind, expires_us);
