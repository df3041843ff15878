import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { columnsRead } from '../../src/airflow/probe.ts';

test('the role script grants exactly the columns that the probe may ask for', () => {
  const script = readFileSync(join(import.meta.dirname, '../../docs/airflow-role.sql'), 'utf8');
  const list = script.slice(script.indexOf('(VALUES'), script.indexOf('AS list'));
  const granted = [...list.matchAll(/\('(\w+)', '([^']+)'\)/g)].map(([, table = '', columns = '']) => [
    table,
    columns.split(/\s*,\s*/).sort(),
  ]);
  expect(granted.length).toBeGreaterThan(0);
  expect(Object.fromEntries(granted)).toEqual(
    Object.fromEntries(Object.entries(columnsRead).map(([table, columns]) => [table, columns.toSorted()])),
  );
});
