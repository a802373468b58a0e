-- How many trades each stock had, window by window.
CREATE TABLE stocks_purchased_5min_window_tumbling
WITH (KAFKA_TOPIC = 'stocks_purchased_5min_window_tumbling') AS
SELECT symbol, COUNT(*) AS quantity
FROM stocks_enriched
WINDOW TUMBLING (SIZE ${window_minutes} MINUTES)
GROUP BY symbol
EMIT CHANGES;
