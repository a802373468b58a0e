-- The accounts with suspiciously many trades in one window.
CREATE TABLE accounts_to_monitor
WITH (KAFKA_TOPIC = 'accounts_to_monitor') AS
SELECT
  account,
  AS_VALUE(account) AS account_name,
  COUNT(*) AS quantity,
  TIMESTAMPTOSTRING(WINDOWSTART, 'yyyy-MM-dd HH:mm:ss Z') AS window_start,
  TIMESTAMPTOSTRING(WINDOWEND, 'yyyy-MM-dd HH:mm:ss Z') AS window_end
FROM stocks_enriched
WINDOW TUMBLING (SIZE ${window_minutes} MINUTES)
GROUP BY account
HAVING COUNT(*) > ${alert_threshold}
EMIT CHANGES;
