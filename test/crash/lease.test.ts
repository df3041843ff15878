import { constants, inflateRawSync } from 'node:zlib';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { countedTotals, differences, sumOf, truthTotals } from '../kit/totals.ts';
import { follows, lastLook, leads, startReplica, storeTime, watchWrites, writesBy, type Replica } from './replica-kit.ts';

const takeoverMs = 10_000;

/** Waits until it leads; the milliseconds since `began`. */
async function takesOver(replica: Replica, began: number): Promise<number> {
  await eventually(`${replica.name} leads`, () => leads(replica), { everyMs: 20 });
  return performance.now() - began;
}

/** Stops the leader while it waits for this table, and gives the table free then. Returns when it was stopped. */
async function stopInside(leader: Replica, database: TestDatabase, table: string, mode: string): Promise<number> {
  const blocker = new pg.Client(database.url);
  await blocker.connect();
  try {
    await blocker.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
    const look = async () => {
      const waiting = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ($1, 'windsock') AND wait_event_type = 'Lock'`,
        [leader.name],
      );
      return waiting.length > 0;
    };
    await eventually(`${leader.name} waits for ${table}`, look, { everyMs: 10 });
    leader.windsock.signal('SIGSTOP');
    return performance.now();
  } finally {
    await blocker.end();
  }
}

/** What is in the store any replica shows. */
const apiPaths = ['slas?limit=200', 'incidents?limit=200&members=true', 'findings', 'dags', 'dags/busy_1'];

/**
 * Both serve the bytes that the leader stored, those of SLAs and incidents among them, before the families about themselves;
 * and both answer alike over the API.
 */
async function serveTheSame(store: TestDatabase, replicas: readonly Replica[]): Promise<void> {
  await eventually('all replicas serve the same bytes', async () => {
    const stored = async () => {
      const [row] = await store.query<{ deflated: Buffer }>('SELECT text_deflated AS deflated FROM exposition');
      return row === undefined ? '' : inflateRawSync(row.deflated, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');
    };
    const [before, ...bodies] = [await stored(), ...(await Promise.all(replicas.map(({ windsock }) => windsock.body())))];
    expect(before).toContain('airflow_task_success_total{');
    expect(before).toContain('\nairflow_sla_met{sla="runs",dag_id="busy_1",task_id=""} ');
    expect(before).toContain('\nwindsock_incidents{state="open",severity="error",kind="task_failed"} ');
    return bodies.every((body) => body.startsWith(before)) && bodies.every((body) => body.length > before.length);
  });
  for (const path of apiPaths) {
    const read = async ({ windsock }: Replica) => {
      const answer = await fetch(`${await windsock.url()}/api/v1/${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    await eventually(`all replicas answer ${path} alike`, async () => {
      const [first = '', ...others] = await Promise.all(replicas.map(read));
      expect(first).toMatch(/^200 /);
      return others.every((other) => other === first);
    });
  }
}

test('two replicas: whatever happens to the leader, the other leads within ten seconds, the old one writes nothing more, and all totals are right', async () => {
  await using airflowDatabase = await createDatabase();
  await using store = await createDatabase('template_store');
  await watchWrites(store);
  await using busy = await startBusyAirflow(airflowDatabase, { pastMinutes: 10, stepSeconds: 5 });
  const begin = busy.simulation.truth();
  await using running = new AsyncDisposableStack();
  const start = async (name: string) =>
    running.use(
      await startReplica(name, store, {
        WINDSOCK_AIRFLOW_DATABASE_URL: airflowDatabase.url,
        WINDSOCK_INTERVAL: '2s',
        WINDSOCK_SLA_OBJECTIVES: '[{name: runs, kind: success_ratio, match: {dags: ["busy_*"]}, min_events: 1}]',
      }),
    );
  const took: Record<string, number> = {};

  const first = await start('first');
  await eventually('the first cycle', async () => valueOf(await first.windsock.metrics(), 'airflow_up') === 1);
  busy.go(() => lastLook(store));
  const second = await start('second');
  expect([leads(first), leads(second)]).toEqual([true, false]);
  await serveTheSame(store, [first, second]);
  expect(valueOf(await second.windsock.metrics(), 'windsock_leader')).toBe(0);

  let began = performance.now();
  first.windsock.signal('SIGKILL');
  took['killed'] = await takesOver(second, began);

  const third = await start('third');
  await follows(third);
  let [leader, other] = [second, third];
  /** The leader is stopped or cut off since `began`: the other leads; once mended, the old one finds that it follows, and wrote nothing. */
  async function replaced(how: string, mend: () => Promise<void>): Promise<void> {
    took[how] = await takesOver(other, began);
    const since = await storeTime(store);
    await eventually('a cycle of the new leader', async () => (await writesBy(store, other.name, since)).includes('exposition'));
    await mend();
    await follows(leader);
    await serveTheSame(store, [leader, other]);
    expect(await writesBy(store, leader.name, since)).toEqual([]);
    [leader, other] = [other, leader];
  }
  const wake = async () => leader.windsock.signal('SIGCONT');

  began = performance.now();
  leader.windsock.signal('SIGSTOP');
  await replaced('stopped', wake);
  // With a cycle under way that reads Airflow: what is left of it meets the fence.
  began = await stopInside(leader, airflowDatabase, 'dag_run', 'ACCESS EXCLUSIVE');
  await replaced('stopped in a cycle', wake);
  // With its transaction open, the fence passed and half of it written: the store ends it, and nothing of it stays.
  began = await stopInside(leader, store, 'watermark', 'SHARE');
  await replaced('stopped in its transaction', wake);
  began = performance.now();
  leader.proxy.freeze();
  await replaced('store frozen', async () => leader.proxy.thaw());
  began = performance.now();
  leader.proxy.cut();
  await replaced('store cut off', () => leader.proxy.restore());

  await busy.rest();
  const truth = truthTotals(begin, busy.simulation.truth());
  await eventually(
    'all is counted',
    async () => differences(truth, countedTotals(await leader.windsock.metrics())).length === 0,
  ).catch(async () => {
    expect(differences(truth, countedTotals(await leader.windsock.metrics()))).toEqual([]);
  });
  await serveTheSame(store, [leader, other]);
  console.log(
    'takeover after',
    Object.fromEntries(Object.entries(took).map(([how, ms]) => [how, `${(ms / 1000).toFixed(1)} s`])),
    `${sumOf(truth)} events`,
  );
  expect(Object.entries(took).filter(([, ms]) => ms > takeoverMs)).toEqual([]);
});
