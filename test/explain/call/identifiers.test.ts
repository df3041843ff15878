import { expect, test } from 'vitest';
import { unsupported } from '../../../src/explain/call/identifiers.ts';

const evidence = [
  'E1 state failed, host worker-3, took 94 s',
  'L118 psycopg2.errors.UniqueViolation: duplicate key "orders_daily_pkey" in mart.orders_daily',
  'L119 POST https://api.shop.example/v2/orders?page=7 answered 503 after 1,204 rows, 87.5 % of memory',
  'L120 /opt/airflow/dags/load.py:42',
].join('\n');

test.each([
  'The insert into mart.orders_daily breaks orders_daily_pkey.',
  'api.shop.example answered 503.',
  'POST https://api.shop.example/v2/orders failed with 503.',
  'After 1204 rows the host worker-3 ran out of memory (87.5%).',
  'It took 94s.',
  'PostgreSQL refused the row: UniqueViolation in /opt/airflow/dags/load.py.',
  "The constraint 'orders_daily_pkey' is broken.",
  'A simple, up-to-date and read-only sentence, e.g. without names; 3 of them.',
])('what the evidence holds may be named: %s', (sentence) => expect(unsupported(sentence, evidence)).toEqual([]));

test.each([
  ['a table', 'The insert into mart.orders_weekly failed.', 'mart.orders_weekly'],
  ['a table whose name is a part of another', 'The table orders is locked: `order`.', 'order'],
  ['a host', 'The host worker-30 is down.', 'worker-30'],
  ['a host with another domain', 'db.shop.example refused.', 'db.shop.example'],
  ['a file', 'The file /etc/airflow.cfg is wrong.', '/etc/airflow.cfg'],
  ['a number', 'The server answered 504.', '504'],
  ['a part of a number', 'It stopped after 204 rows, or 4.', '204'],
  ['a size of one digit', 'The pod may use 4 GB of memory.', '4'],
  ['a time of one digit', 'It waited for 6 minutes.', '6'],
  ['a share of one digit', 'Only 9% of the disk is free.', '9'],
  ['a link', 'See https://evil.example/x for more.', 'https://evil.example/x'],
  ['a quoted word', 'The key "region" is missing.', 'region'],
  ['an exception', 'It raised OperationalError.', 'OperationalError'],
  ['a column', 'The column customer_id is null.', 'customer_id'],
  ['an address', '10.2.3.4:5432 refused.', '10.2.3.4:5432'],
])('%s that the evidence does not hold is flagged', (_what, sentence, expected) => {
  expect(unsupported(sentence, evidence)).toEqual([expected]);
});
