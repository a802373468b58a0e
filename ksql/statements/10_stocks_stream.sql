-- The trades as they arrive. Their key is ignored: the record key repeats `symbol`.
CREATE STREAM stocks_stream (
  side VARCHAR,
  quantity INT,
  symbol VARCHAR,
  price INT,
  account VARCHAR,
  userid VARCHAR
) WITH (
  KAFKA_TOPIC = 'stocks_topic',
  VALUE_FORMAT = 'AVRO'
);
