-- Of one that is part of a storm: the alert that stands for all of it; of that, how many are part of it. And whether one closes by itself when its rule has ceased to hold.
ALTER TABLE alerts ADD COLUMN storm TEXT REFERENCES alerts (id);
ALTER TABLE alerts ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN auto_close INTEGER NOT NULL DEFAULT 0;

CREATE INDEX alerts_of_storm ON alerts (storm, count) WHERE storm IS NOT NULL;
CREATE INDEX alerts_raised ON alerts (tenant, rule, created_at);
CREATE INDEX alerts_to_close ON alerts (held_at) WHERE auto_close = 1 AND state <> 'closed';
