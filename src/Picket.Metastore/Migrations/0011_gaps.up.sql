-- Stretches of time, of events, in which a rule was not run though it was on. Times are ns since 1970; to_time is null while it goes on, filled_at until a backtest raised what was missed.
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_time INTEGER NOT NULL,
    to_time INTEGER,
    filled_at INTEGER
);

CREATE INDEX gaps_rule ON gaps (tenant, rule, from_time);
CREATE INDEX gaps_open ON gaps (rule) WHERE to_time IS NULL;
