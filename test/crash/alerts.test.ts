import { expect, test } from 'vitest';
import { createAlertmanager, startReceiver, type Alertmanager } from '../kit/alertmanager.ts';
import { findBinary } from '../kit/binaries.ts';
import { createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startWindsock } from '../kit/windsock.ts';
import { startBriskAirflow } from './alert-kit.ts';
import { cases, faultyWorld, heldSince, limits, type Case } from './fault-kit.ts';

const binary = findBinary('prometheus-alertmanager') ?? '';
const intervalMs = 1000;
/** What is promised, and what a machine that is busy with other tests may add. */
const promisedMs = intervalMs + 1000;
const busyMs = 3000;

interface Row {
  kind: string;
  subject: string;
  root: boolean;
  state: string;
  reason: string | null;
  recurrences: number;
}

const incidents = (store: TestDatabase): Promise<Row[]> =>
  store.query<Row>(
    `SELECT kind, subject_key AS subject, root_id IS NULL AS root, state, end_reason AS reason, recurrences FROM incident ORDER BY opened_at, id`,
  );

const isOf = ({ alertname, labels }: Case, found: Record<string, string>): boolean =>
  found['alertname'] === alertname && Object.entries(labels).every(([name, value]) => found[name]?.endsWith(value));

/** When Alertmanager first has the case's alert, by our clock. */
async function firstHeld(member: Alertmanager, each: Case): Promise<number> {
  await eventually(`${each.alertname} fires`, async () => (await member.alerts()).some(({ labels }) => isOf(each, labels)), {
    withinMs: 100_000,
    everyMs: 25,
  });
  return Date.now();
}

test.skipIf(binary === '')(
  'each injected fault becomes one root incident and one alert in a real Alertmanager, and ends when it should (prometheus-alertmanager)',
  async () => {
    await using airflowDatabase = await createDatabase();
    await using store = await createDatabase('template_store');
    await using airflow = await startBriskAirflow(airflowDatabase, { world: faultyWorld(), historyDays: 0.9 });
    await using receiver = await startReceiver();
    await using member = await createAlertmanager(binary, { receiver: receiver.url });
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflowDatabase.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_INTERVAL: `${intervalMs}ms`,
      WINDSOCK_HISTORY: '1d',
      WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([member.url]),
      WINDSOCK_NOTIFY_ALERTMANAGER_RESEND: '2s',
      WINDSOCK_DETECT_STUCK_AFTER: `${limits.stuck}s`,
      WINDSOCK_DETECT_POOL_STARVED_AFTER: `${limits.poolStarved}s`,
      WINDSOCK_DETECT_LATE_AFTER: `${limits.late}s`,
      // A third DAG that fails suffices for a surge; failures of one DAG alone are judged by its tasks.
      WINDSOCK_DETECT_FALSE_ALERTS_PER_WEEK: '100',
      WINDSOCK_DETECT_FAILURE_RATE_MIN_FAILURES: '8',
      WINDSOCK_AIRFLOW_SCHEDULER_HEALTH_THRESHOLD: `${limits.scheduler}s`,
    });
    await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
    expect(await incidents(store), 'nothing is wrong').toEqual([]);

    /** Begins faults, and gives how long after its condition held each was an alert. */
    async function begin(names: readonly (keyof typeof cases)[]): Promise<void> {
      await Promise.all(
        names.map(async (name) => {
          const each: Case = cases[name];
          const beganAt = airflow.simulation.now();
          airflow.simulation.inject(each.fault);
          const heldMs = await firstHeld(member, each);
          const delayMs = heldMs - (await heldSince(airflowDatabase, each, beganAt));
          console.log(
            `${name}: ${each.alertname} in Alertmanager ${delayMs} ms after the condition held (promised: ${promisedMs})`,
          );
          expect.soft([name, delayMs < promisedMs + busyMs, delayMs > 0], `${delayMs} ms`).toEqual([name, true, true]);
        }),
      );
    }

    /** All faults and all incidents since `from` are over, and their ends told. Gives these incidents. */
    async function end(names: readonly (keyof typeof cases)[], from: number, heard: number): Promise<Row[]> {
      const rows = await eventually(
        `all that ${names.join(', ')} brought is over`,
        async () => {
          const found = (await incidents(store)).slice(from);
          if (airflow.simulation.faults().length > 0) throw new Error('faults are in force');
          const open = found.filter(({ state }) => state !== 'resolved');
          if (open.length > 0) throw new Error(JSON.stringify(open));
          return found;
        },
        { withinMs: 60_000 },
      );
      const told = (each: Case) =>
        receiver.messages
          .slice(heard)
          .flatMap(({ alerts }) => alerts.filter(({ labels }) => isOf(each, labels)).map(({ status }) => status));
      for (const name of names) await eventually(`the end of ${name} is told`, () => told(cases[name]).includes('resolved'));
      console.log(rows.map((row) => `${row.root ? '' : '· '}${row.kind} ${row.subject} (${row.reason})`).join('\n'));
      for (const name of names)
        expect.soft([name, told(cases[name])], 'told once, and its end').toEqual([name, ['firing', 'resolved']]);
      expect.soft(rows.filter(({ reason }) => reason !== 'cleared')).toEqual([]);
      return rows;
    }

    const apart = ['fail', 'import', 'stuck', 'pool', 'late', 'slow'] as const;
    await begin(apart);
    // The next run is an ordinary one.
    await airflow.simulation.trigger('reports');
    const first = await end(apart, 0, 0);
    expect
      .soft(
        first
          .filter(({ root }) => root)
          .map(({ kind, subject }) => `${kind} ${subject}`)
          .toSorted(),
        'one root for each',
      )
      .toEqual([
        'dag_late dag:pulse',
        'import_error file:parsed.py',
        'pool_starved pool:tight',
        'task_failed task:micro/fetch',
        'task_slow task:reports/build',
        'task_stuck_queued task:loads/copy',
      ]);

    let [from, heard] = [first.length, receiver.messages.length];
    await begin(['scheduler']);
    const second = await end(['scheduler'], from, heard);
    expect.soft(second.filter(({ root }) => root)).toMatchObject([{ kind: 'component_down', subject: 'component:scheduler' }]);

    [from, heard] = [from + second.length, receiver.messages.length];
    await begin(['surge']);
    await eventually('only the surge is heard of: what was told before it was known is silenced', async () => {
      const active = (await member.alerts()).filter(({ status }) => status.state === 'active');
      return active.length === 1 && active[0]?.labels['alertname'] === 'AirflowFailureRateHigh';
    });
    await eventually('the surge is over', () => airflow.simulation.faults().length === 0);
    for (const { dagId } of faultyWorld().dags) await airflow.simulation.trigger(dagId);
    const third = await end(['surge'], from, heard);
    expect.soft(third.filter(({ root }) => root)).toMatchObject([{ kind: 'failure_rate_high', subject: 'deployment' }]);

    const twice = [
      ...Map.groupBy(
        receiver.messages.flatMap(({ alerts }) => alerts),
        ({ fingerprint }) => fingerprint,
      ).values(),
    ].filter((alerts) => alerts.some(({ status }, index) => status === alerts[index - 1]?.status));
    expect.soft(twice, 'nothing is told twice').toEqual([]);
    const shown = await windsock.body();
    expect.soft(shown).toMatch(/\nwindsock_incidents\{state="open",severity="error",kind="task_failed"\} 0\n/);
    expect.soft(shown).toMatch(/\nwindsock_incident_time_to_resolve_seconds_count\{severity="error"\} [1-9]/);
  },
  300_000,
);
