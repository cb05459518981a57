DROP TABLE outbox;
DROP TABLE alert_events;
DROP TABLE alerts;
