-- How far each scheduled rule is: the last of its moments at which it was looked at, ns since 1970, the last event that was stored then; when
-- that was, null before the first, and the highest value that it found.
CREATE TABLE schedules (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    moment INTEGER NOT NULL,
    through_seq INTEGER NOT NULL,
    looked_at INTEGER,
    value TEXT,
    PRIMARY KEY (tenant, rule)
) WITHOUT ROWID;
