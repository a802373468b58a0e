-- A pull query: the accounts that traded most, as the table stands now. It scans the table,
-- so send it with ksql.query.pull.table.scan.enabled = true.
SELECT * FROM ACCOUNTS_TO_MONITOR WHERE QUANTITY > 100;
