-- Whom rules wait for: of each group the last event, as it was some seconds ago at most. Times are ns since 1970; told_seq is the last event behind which it was told that nothing came.
CREATE TABLE watched (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    grouped TEXT NOT NULL,
    event_values TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    told_seq INTEGER NOT NULL,
    PRIMARY KEY (tenant, fingerprint)
) WITHOUT ROWID;
