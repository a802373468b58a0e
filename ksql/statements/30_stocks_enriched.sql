-- Each trade with its user's region and gender of that moment. USERID becomes the record
-- key, so it is absent from the value.
CREATE STREAM stocks_enriched WITH (KAFKA_TOPIC = 'stocks_enriched') AS
SELECT
  users.userid AS userid,
  regionid,
  gender,
  side,
  quantity,
  symbol,
  price,
  account
FROM stocks_stream
LEFT JOIN users ON stocks_stream.userid = users.userid
EMIT CHANGES;
