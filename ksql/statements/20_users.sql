-- Who trades: the latest row of each user.
CREATE TABLE users (
  userid VARCHAR PRIMARY KEY,
  registertime BIGINT,
  gender VARCHAR,
  regionid VARCHAR
) WITH (
  KAFKA_TOPIC = 'users_topic',
  VALUE_FORMAT = 'AVRO'
);
