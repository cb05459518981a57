CREATE TABLE rule_matches (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, rule, seq)
) WITHOUT ROWID;
INSERT INTO rule_matches (tenant, rule, seq, version, ts, received_at)
SELECT block.tenant, block.rule, match.value ->> 0, match.value ->> 1, match.value ->> 2, match.value ->> 3 FROM match_blocks block, json_each(block.matches) match;
DROP TABLE match_blocks;
