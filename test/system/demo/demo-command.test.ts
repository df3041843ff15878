import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { familyGroups } from '../../../src/measure/catalogue.ts';
import type { Definition } from '../../../src/measure/define.ts';
import { eventually } from '../../kit/eventually.ts';
import type { ParsedExposition } from '../../kit/parse-exposition.ts';
import { startWindsock, type WindsockProcess } from '../../kit/windsock.ts';

const { tasks, dags, platform } = familyGroups;
const families: Definition[] = [tasks, dags, platform].flatMap((group): Definition[] => Object.values(group));

/** Families that a release does not have, each with its reason. */
const notIn: Record<'3' | '2.11', Record<string, string>> = {
  '3': { airflow_sla_misses: 'Airflow 3 has no SLAs' },
  '2.11': { airflow_deadlines: 'deadline alerts came with Airflow 3.1' },
};

interface DemoFolder extends AsyncDisposable {
  path: string;
}

async function temporaryFolder(): Promise<DemoFolder> {
  const parent = await mkdtemp(join(tmpdir(), 'windsock-demo-'));
  return { path: join(parent, 'demo'), [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }) };
}

const startDemo = ({ path }: DemoFolder, args: readonly string[]): WindsockProcess =>
  startWindsock({ WINDSOCK_TELEMETRY_LOG_LEVEL: 'info' }, ['demo', '--port', '0', '--data-dir', path, ...args]);

const inject = ({ path }: DemoFolder, args: readonly string[]): WindsockProcess =>
  startWindsock({}, ['demo', 'inject', ...args, '--data-dir', path]);

const isOf = (family: string, sample: string): boolean =>
  sample === family || /^_(bucket|sum|count)$/.test(sample.slice(family.length));
const missing = ({ samples }: ParsedExposition, release: '3' | '2.11'): string[] =>
  families
    .map(({ name }) => name)
    .filter(
      (family) => !(family in notIn[release]) && !samples.some(({ name }) => name.startsWith(family) && isOf(family, name)),
    );

/** The value of the one series that has these labels. */
function valueOf({ samples }: ParsedExposition, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  return samples.find((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value))
    ?.value;
}

/** What would look wrong to someone who knows Airflow. */
function implausible({ samples }: ParsedExposition, now: number): string[] {
  const month = 31 * 86_400;
  const wrong = samples.filter(({ name, value, labels }) => {
    if (!name.startsWith('airflow_')) return false;
    if (name.endsWith('_timestamp_seconds')) return Math.abs(value - now) > month;
    if (name === 'airflow_pool_slots' && labels['state'] === 'open') return value > 128;
    if (name === 'airflow_task_last_duration_seconds') return !(value >= 0 && value < 86_400);
    // Done before a deadline, or more than the budget.
    if (/^airflow_sla_(?:value|error_budget_remaining_)/.test(name)) return !Number.isFinite(value);
    return !(value >= 0);
  });
  return wrong.map(({ name, value, labels }) => `${name}${JSON.stringify(labels)} ${value}`);
}

async function showsAll(release: '3' | '2.11'): Promise<void> {
  await using folder = await temporaryFolder();
  // Slow runs give missed deadlines and SLAs.
  await using demo = startDemo(folder, ['--airflow', release, '--history', '1d', '--anomaly-probability', '0.1']);
  await demo.url();
  // A person's run, at once: two tasks that end, for waits and scores, and one that stays queued.
  const stuck = inject(folder, ['stuck', '--dag', 'price_feed', '--task', 'publish_prices']);
  expect(await stuck.exit).toMatchObject({ code: 0 });
  const metrics = await eventually(
    'every family',
    async () => {
      const found = await demo.metrics();
      expect(missing(found, release)).toEqual([]);
      return found;
    },
    { withinMs: 90_000, everyMs: 500 },
  );
  expect(implausible(metrics, Date.now() / 1000)).toEqual([]);
  for (const component of release === '3' ? ['scheduler', 'triggerer', 'dag_processor'] : ['scheduler', 'triggerer'])
    expect(valueOf(metrics, 'airflow_component_up', { component }), component).toBe(1);
  expect(valueOf(metrics, 'airflow_up')).toBe(1);
  expect(valueOf(metrics, 'airflow_import_errors')).toBe(1);
  expect(demo.printed()).toMatch(/inject fail .*--data-dir/);

  const task = { dag_id: 'price_feed', task_id: 'fetch_prices' };
  const retries = async () => valueOf(await demo.metrics(), 'airflow_task_retry_total', task) ?? 0;
  const before = await retries();
  const asked = inject(folder, ['fail', '--dag', 'price_feed', '--for', '30m']);
  expect(await asked.exit).toMatchObject({ code: 0 });
  expect(asked.printed()).toMatch(/^fail on price_feed .*until \d\d:\d\d:\d\d UTC\n$/);
  await eventually('the failure on /metrics', async () => (await retries()) > before, { withinMs: 60_000, everyMs: 500 });
  expect((await readdir(join(folder.path, 'logs', 'dag_id=price_feed'))).length).toBeGreaterThan(0);

  const began = performance.now();
  demo.signal('SIGTERM');
  expect(await demo.exit).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(existsSync(join(folder.path, 'postgres', 'postmaster.pid'))).toBe(false);
}

test('the demo of each Airflow shows every family with plausible values, takes a fault while it runs, and stops in time', async () => {
  // Side by side: most of the time they wait for the clock.
  await Promise.all([showsAll('3'), showsAll('2.11')]);
}, 180_000);

test('a demo that was killed leaves a folder that the next one takes over; a second one beside it is refused', async () => {
  await using folder = await temporaryFolder();
  const killed = startDemo(folder, ['--history', '0d']);
  await killed.url();
  killed.signal('SIGKILL');
  await killed.exit;
  await using demo = startDemo(folder, ['--history', '0d']);
  await demo.url();
  await using other = await temporaryFolder();
  const port = new URL(await demo.url()).port;
  const samePort = startWindsock({}, ['demo', '--port', port, '--data-dir', other.path, '--history', '30d']);
  expect(await samePort.exit).toMatchObject({ code: 5 });
  expect(samePort.output()).toMatch(/^windsock: port \d+ is in use/);
  expect(samePort.printed()).toBe('');
  const second = startDemo(folder, ['--history', '0d']);
  expect(await second.exit).toMatchObject({ code: 5 });
  expect(second.output()).toMatch(/^windsock: a demo runs in \S+ already \(process \d+\); stop it, or name another folder/);
}, 120_000);
