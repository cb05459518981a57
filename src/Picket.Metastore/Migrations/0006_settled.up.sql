-- Up to when no event of a tenant was waited for any more, when the detector wrote last: with its cursor, for what waits goes on waiting behind a restart. ns since 1970.
CREATE TABLE settled (
    tenant INTEGER NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
);
