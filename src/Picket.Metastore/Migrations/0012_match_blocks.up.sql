-- The newest events that a rule matched, a row for all of one transaction: a row for each were most of what a transaction took.
CREATE TABLE match_blocks (
    tenant INTEGER NOT NULL,
    rule TEXT NOT NULL,
    -- The number of the last of them.
    last_seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    -- [[seq, version, ts, received_at], …] in the order of the log.
    matches TEXT NOT NULL
);
CREATE UNIQUE INDEX match_blocks_of ON match_blocks (tenant, rule, last_seq);
INSERT INTO match_blocks (tenant, rule, last_seq, count, matches)
SELECT tenant, rule, max(seq), count(*), json_group_array(json_array(seq, version, ts, received_at)) FROM (SELECT * FROM rule_matches ORDER BY tenant, rule, seq) GROUP BY tenant, rule;
DROP TABLE rule_matches;
