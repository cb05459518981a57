-- Times are ns since 1970. An exception stays when its rule goes, for a rule of the same id may come again.
CREATE TABLE exceptions (
    id TEXT NOT NULL PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    rule TEXT NOT NULL,
    filter TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
);

CREATE INDEX exceptions_of_rule ON exceptions (tenant, rule, id);

CREATE TABLE lists (
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

CREATE TABLE list_values (
    tenant INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (tenant, name, value),
    FOREIGN KEY (tenant, name) REFERENCES lists (tenant, name) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE silences (
    id TEXT NOT NULL PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (number),
    -- A JSON object of a field of alerts and its values; of weekly ones days, times of the day and a time zone.
    matchers TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    weekly TEXT,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE INDEX silences_of_tenant ON silences (tenant, id);
