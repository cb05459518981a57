DROP INDEX alerts_to_close;
DROP INDEX alerts_raised;
DROP INDEX alerts_of_storm;
ALTER TABLE alerts DROP COLUMN auto_close;
ALTER TABLE alerts DROP COLUMN folded;
ALTER TABLE alerts DROP COLUMN storm;
