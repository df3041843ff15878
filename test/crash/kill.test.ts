import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAlertmanager, startReceiver, type Alertmanager } from '../kit/alertmanager.ts';
import { findBinary } from '../kit/binaries.ts';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { countedTotals, differences, sumOf, truthTotals } from '../kit/totals.ts';
import { startWindsock, type WindsockProcess } from '../kit/windsock.ts';
import { incidentsOf, startCanaries, toldByAlert, worldWithCanaries, type Canaries } from './canaries.ts';

const binary = findBinary('prometheus-alertmanager') ?? '';

const outcomes = ['success', 'failure', 'retry', 'skipped', 'upstream_failed', 'marked', 'run_success', 'run_failure'];

/** The DAGs of which Alertmanager has a failed task that fires. */
const failingIn = async (member: Alertmanager): Promise<Set<string>> =>
  new Set(
    (await member.alerts()).flatMap(({ labels }) =>
      labels['alertname'] === 'AirflowTaskFailed' ? [labels['dag_id'] ?? ''] : [],
    ),
  );

test.skipIf(binary === '').each([
  ['3', 20],
  ['2.11', 4],
] as const)(
  'Airflow %s, killed %i times at random moments under load: nothing is lost, counted, opened or told twice (prometheus-alertmanager)',
  async (release, kills) => {
    const folder = await mkdtemp(join(tmpdir(), 'windsock-kill-'));
    await using database = await createDatabase();
    await using airflow = await startBusyAirflow(database, {
      airflow: release,
      pastMinutes: 10,
      world: worldWithCanaries(kills),
    });
    await using receiver = await startReceiver();
    await using member = await createAlertmanager(binary, { receiver: receiver.url });
    const environment = {
      WINDSOCK_AIRFLOW_DATABASE_URL: database.url,
      // The default store: the embedded server, which a killed Windsock leaves running.
      WINDSOCK_STORE_DATA_DIR: folder,
      WINDSOCK_HISTORY: '1d',
      WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([member.url]),
      WINDSOCK_NOTIFY_ALERTMANAGER_RESEND: '2s',
      WINDSOCK_INCIDENT_RATE_LIMIT: '100000',
      WINDSOCK_INCIDENT_CORRELATION_WINDOW: '1s',
    };
    const begin = airflow.simulation.truth();
    const canaries = startCanaries(airflow.simulation);
    let running: WindsockProcess | null = null;
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const windsock = startWindsock(environment);
        running = windsock;
        await windsock.says(/"leading/);
        if (kill === 0) {
          await eventually('the first cycle', async () => valueOf(await windsock.metrics(), 'airflow_up') === 1);
          airflow.go(async () => running?.lastLook() ?? null);
        }
        canaries.fail();
        await canaries.heal(await failingIn(member));
        await new Promise((done) => setTimeout(done, Math.random() * 1500));
        windsock.signal('SIGKILL');
        expect(await windsock.exit).toEqual({ code: null, signal: 'SIGKILL' });
      }
      await airflow.rest();
      // Airflow goes on while nobody looks; people rest.
      const { simulation } = airflow;
      const goesOn = () => simulation.step(new Date(simulation.now().getTime() + 10_000));
      const happened = () => truthTotals(begin, simulation.truth());
      await eventually('there was every outcome', async () => {
        await goesOn();
        return outcomes.every((outcome) => sumOf(happened(), outcome) > 0);
      });
      const succeeded = async () =>
        (
          await database.query<{ dag: string }>(
            `SELECT DISTINCT dag_id AS dag FROM dag_run WHERE dag_id LIKE 'canary%' AND state = 'success'`,
          )
        ).map(({ dag }) => dag);
      // A run that was started to heal one may still be under way.
      await eventually('the healed have succeeded', async () => {
        await goesOn();
        const done = new Set(await succeeded());
        return canaries.healed().every((dagId) => done.has(dagId));
      });
      await using windsock = startWindsock(environment);
      const truth = happened();
      const counted = await eventually('two cycles', async () => {
        const metrics = await windsock.metrics();
        return (valueOf(metrics, 'windsock_cycle_duration_seconds_count') ?? 0) >= 2 && countedTotals(metrics);
      });
      expect(differences(truth, counted)).toEqual([]);
      const told = await judged(await windsock.url(), canaries, member, receiver);
      console.log(
        `Airflow ${release}, ${kills} kills, all as it happened:`,
        sumOf(truth, 'success'),
        'successes,',
        sumOf(truth),
        'events;',
        told,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** Each canary that failed is one incident, ended if it was healed; people were told of its alert once, and once of its end. */
async function judged(
  url: string,
  canaries: Canaries,
  member: Alertmanager,
  receiver: Awaited<ReturnType<typeof startReceiver>>,
): Promise<string> {
  const [failed, healed] = [canaries.failed(), canaries.healed()];
  const all = await incidentsOf(url, 'task_failed');
  const of = (dagId: string) => all.filter(({ subject }) => subject.dagId === dagId);
  for (const dagId of failed) {
    const [incident, ...others] = of(dagId);
    expect([dagId, others], 'one incident').toEqual([dagId, []]);
    expect([dagId, incident?.state, incident?.end_reason, incident?.recurrences]).toEqual(
      healed.includes(dagId) ? [dagId, 'resolved', 'cleared', 0] : [dagId, 'open', null, 0],
    );
  }
  // Of all failed tasks, busy ones too: what happened to an incident stands in its timeline once.
  for (const { id, state, events, recurrences } of all) {
    const count = (kind: string) => events.filter((event) => event === kind).length;
    expect([id, count('opened'), count('resolved'), count('recurred')]).toEqual([
      id,
      1,
      state === 'resolved' ? 1 : 0,
      recurrences,
    ]);
    if (count('joined') === 0) expect([id, count('told') <= 1]).toEqual([id, true]);
  }
  const roots = all.filter(
    ({ root_id: root, state, subject }) => root === null && state === 'open' && failed.includes(subject.dagId ?? ''),
  );
  const statuses = (dagId: string) => receiver.told('dag_id', dagId).join(' ');
  await eventually('all who still fail are told of', async () => {
    const held = await failingIn(member);
    return roots.every(({ subject }) => held.has(subject.dagId ?? '') && statuses(subject.dagId ?? '') === 'firing');
  });
  await eventually('the ends are told', () => healed.every((dagId) => statuses(dagId) === 'firing resolved'));
  for (const [alert, told] of toldByAlert(receiver))
    expect([alert, told.filter((status, at) => status === told[at - 1])], 'nothing is told twice').toEqual([alert, []]);
  return `${all.length} incidents of failed tasks, ${failed.length} known (${healed.length} ended), ${toldByAlert(receiver).size} alerts told`;
}
