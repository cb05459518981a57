DROP TABLE rule_states;
DROP TABLE rule_matches;
DROP TABLE rule_versions;
DROP TABLE rules;
