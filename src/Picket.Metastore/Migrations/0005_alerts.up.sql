-- Times are ns since 1970. Of one fingerprint one alert at a time is active: not closed.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    fingerprint TEXT NOT NULL,
    rule TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    severity TEXT NOT NULL,
    tags TEXT NOT NULL,
    grouped TEXT NOT NULL,
    event_values TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'closed')),
    count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    -- From when on events count, and how long a window is: null where each event makes the rule hold. When it held last.
    counts_from INTEGER,
    span INTEGER,
    held_at INTEGER NOT NULL,
    evidence INTEGER NOT NULL,
    -- The last event of the log that is in it, and once it is closed the last that can be.
    applied_seq INTEGER NOT NULL,
    closed_seq INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    closed_at INTEGER,
    closed_by TEXT,
    close_reason TEXT,
    close_note TEXT,
    snooze_until INTEGER
);

CREATE UNIQUE INDEX alerts_active ON alerts (tenant, fingerprint) WHERE state <> 'closed';
CREATE INDEX alerts_closed ON alerts (tenant, fingerprint, closed_seq) WHERE state = 'closed';
CREATE INDEX alerts_of_rule ON alerts (tenant, rule, held_at, created_at);
CREATE INDEX alerts_of_tenant ON alerts (tenant, id);

-- The first events behind an alert by their ids, and of a few all they said: these stay when the events are past their time.
CREATE TABLE alert_events (
    alert TEXT NOT NULL REFERENCES alerts (id),
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    event TEXT,
    PRIMARY KEY (alert, number)
) WITHOUT ROWID;

-- What people are still to be told. An alert is told of once.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    alert TEXT NOT NULL REFERENCES alerts (id),
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (alert, kind)
);
