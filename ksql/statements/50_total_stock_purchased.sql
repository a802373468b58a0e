-- How many shares of each stock were bought. INTEGER, as the lab has it: wraps past 2147483647.
CREATE TABLE total_stock_purchased
WITH (KAFKA_TOPIC = 'total_stock_purchased') AS
SELECT symbol, SUM(quantity) AS total_quantity
FROM stocks_enriched
WHERE side = 'BUY'
GROUP BY symbol
EMIT CHANGES;
