import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../../src/http/api/report-schema.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { incident } from '../../kit/findings.ts';
import { runWindsock } from '../../kit/run-windsock.ts';

let store: Store & AsyncDisposable;
const folder = mkdtempSync(join(tmpdir(), 'windsock-report-'));
const today = new Date();
beforeAll(async () => {
  store = await createStore();
  await saveIncidents(store, 'airflow', [incident({ id: 'inc-today', openedAt: new Date(today.getTime() - 60_000) })]);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const report = (args: string[], more: Record<string, string> = {}) =>
  runWindsock(['report', ...args], {
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/airflow',
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_NOTIFY_PUBLIC_URL: 'https://windsock.example/base/',
    ...more,
  });
const date = today.toISOString().slice(0, 10);

test('windsock report tells a period from the store alone, as text, JSON, or a file', async () => {
  const text = await report(['--date', date]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^Daily report: .*\n[^]*etl\.load failed \(error, open\)/);
  const json = await report(['weekly', '--json', '--date', date]);
  expect(reportSchema.parse(JSON.parse(json.stdout))).toMatchObject({ kind: 'weekly', failures: { incidents: { now: 1 } } });
  const file = join(folder, 'day.html');
  expect(await report(['--date', date, '--format', 'html', '--out', file])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(file, 'utf8')).toContain('<a href="https://windsock.example/base/incidents/inc-today">');
});

test.each([
  [['--date', '2999-01-01'], {}, 2, /that day has not begun; today is/],
  [['--date', '2026-02-30'], {}, 2, /It is a day such as 2026-11-25/],
  [['monthly'], {}, 2, /Allowed choices are daily, weekly/],
  [[], { WINDSOCK_REPORT_TIME_ZONE: 'Mars/Base' }, 2, /report\.time_zone.* is no IANA time zone/],
  [[], { WINDSOCK_STORE_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/store' }, 5, /^windsock: .*store/],
  [['--out', '/nowhere/at/all.txt'], {}, 3, /\/nowhere\/at\/all\.txt: there is no such file or folder/],
])('windsock report %o with %o ends with what to do', async (args, environment, code, message) => {
  const ended = await report(args, environment);
  expect(ended.stderr).toMatch(message);
  expect(ended).toMatchObject({ code, stdout: '' });
});
