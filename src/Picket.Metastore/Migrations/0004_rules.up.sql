-- A tenant's rules as they are now. A rule of the built-in pack that a tenant turned off, or on again, has no text.
CREATE TABLE rules (
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    text TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Each version of a rule, and the position in the log behind which it holds: null until the detector has taken it.
CREATE TABLE rule_versions (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    text TEXT,
    created_at TEXT NOT NULL,
    holds_after TEXT,
    PRIMARY KEY (tenant, id, version)
);

CREATE INDEX rule_versions_waiting ON rule_versions (tenant) WHERE holds_after IS NULL;

-- The newest events that a rule matched, and how many there were in all.
CREATE TABLE rule_matches (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, rule, seq)
) WITHOUT ROWID;

CREATE TABLE rule_states (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    matches INTEGER NOT NULL,
    last_match_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, rule)
) WITHOUT ROWID;
