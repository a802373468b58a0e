-- How often each stock was bought.
CREATE TABLE number_of_times_stock_bought
WITH (KAFKA_TOPIC = 'number_of_times_stock_bought') AS
SELECT symbol, COUNT(quantity) AS total_times_bought
FROM stocks_stream
WHERE side = 'BUY'
GROUP BY symbol
EMIT CHANGES;
