-- A push query: every enriched trade as it happens. It runs until you end it.
SELECT * FROM STOCKS_ENRICHED EMIT CHANGES;
