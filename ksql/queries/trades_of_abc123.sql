-- A push query: one account's trades as they happen. It runs until you end it.
SELECT * FROM STOCKS_ENRICHED WHERE ACCOUNT = 'ABC123' EMIT CHANGES;
