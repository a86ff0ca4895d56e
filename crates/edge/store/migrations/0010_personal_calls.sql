-- The calls that somebody made, took or missed, at the clients of each persona.

CREATE TABLE personal_call (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    persona TEXT NOT NULL,
    call TEXT NOT NULL,
    direction TEXT NOT NULL,
    counterparts TEXT NOT NULL,
    outcome TEXT NOT NULL,
    end_reason TEXT NOT NULL,
    began_us BIGINT NOT NULL,
    talked_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL
);

CREATE INDEX personal_call_of_person ON personal_call (person, persona, began_us, id);
CREATE INDEX personal_call_in_order ON personal_call (person, began_us, id);
CREATE INDEX personal_call_by_end ON personal_call (ended_us, id);
