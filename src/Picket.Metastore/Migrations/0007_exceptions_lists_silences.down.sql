DROP TABLE silences;
DROP TABLE list_values;
DROP TABLE lists;
DROP TABLE exceptions;
