import { expect, test } from 'vitest';
import type { Fault } from '../../../src/demo/config.ts';
import { dag, every, task, type World } from '../../../src/demo/dag.ts';
import type { AirflowRelease } from '../../../src/demo/model.ts';
import { tellEvidence } from '../../../src/explain/evidence/gather.ts';
import { explainFinding } from '../../../src/explain/explain-finding.ts';
import type { Explanation } from '../../../src/explain/explanation.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { watchAirflow, type Watched } from '../../kit/watched-airflow.ts';

const start = new Date('2026-03-04T10:58:00Z');
const sure = { failRate: 0, skipRate: 0, retries: 0 };

/** DAGs in which nothing goes wrong by chance, with a pool of one slot. */
const calm: World = {
  parallelism: 32,
  hosts: ['worker-0', 'worker-1'],
  pools: [
    { pool: 'default_pool', slots: 128, description: '', includeDeferred: false },
    { pool: 'tight', slots: 1, description: '', includeDeferred: false },
  ],
  assets: [],
  dags: [
    dag('micro', every(300, 0, '*/5 * * * *', 'Every 5 minutes'), [
      task('fetch', [], { ...sure, medianSeconds: 8 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 15 }),
    ]),
    dag(
      'exports',
      every(3600, 0, '0 * * * *', 'Hourly'),
      ['orders', 'users'].map((taskId) => task(taskId, [], { ...sure, pool: 'tight', medianSeconds: 22 })),
    ),
    ...['a', 'b', 'c'].map((name) =>
      dag(`other_${name}`, every(600, 60, '1-59/10 * * * *', 'Every 10 minutes'), [
        task('work', [], { ...sure, medianSeconds: 12 }),
      ]),
    ),
  ],
};

/** That failures surge is told of DAGs too: wanted is what is told of all. */
const isWanted = ({ kind, subject }: Incident): boolean => kind !== 'failure_rate_high' || subject.type === 'deployment';

/** The explanation of the first open incident of this kind, after so many minutes at most. */
async function explainedAs(watched: Watched, kind: Incident['kind'], minutesMost: number): Promise<Explanation> {
  for (let minutes = 0; minutes < minutesMost; minutes += 1) {
    await watched.pass(1);
    const found = (await watched.incidents()).find((each) => each.kind === kind && each.state !== 'resolved' && isWanted(each));
    if (found === undefined) continue;
    const known = await watched.gather(found);
    expect(known.missing).toEqual([]);
    const explanation = explainFinding(found, known);
    const told = new Map(tellEvidence(known).map(({ id, text }) => [id as string, text]));
    for (const { ref, quote } of explanation.evidence) expect(told.get(ref)).toContain(quote);
    return explanation;
  }
  throw new Error(`no incident ${kind} within ${minutesMost} minutes`);
}

const cases: [Fault, Incident['kind'], string, RegExp][] = [
  [
    { kind: 'slow', dagId: 'micro', taskId: 'load' },
    'task_slow',
    'unknown/itself',
    /^micro\.load took 1m\d\ds?, usually 15s, with .*no other task slow at the time/,
  ],
  [
    { kind: 'fail', dagId: 'micro', taskId: 'fetch' },
    'task_failed',
    'unknown/',
    /^micro\.fetch failed after [\d.]+s; \d+ of its last \d+ runs succeeded/,
  ],
  [
    { kind: 'stuck', dagId: 'micro', taskId: 'fetch' },
    'task_stuck_queued',
    'platform/',
    /^micro\.fetch has been queued for 1\dm/,
  ],
  [
    { kind: 'late', dagId: 'micro' },
    'dag_late',
    'unknown/not_created',
    /^No run of micro was created though one was due at 11:0\d UTC, and the scheduler is up/,
  ],
  [
    { kind: 'pool', dagId: 'exports' },
    'pool_starved',
    'contention/pool_full',
    /^All slots of pool tight are held by exports\.(orders|users) \(1 slot\), longest by exports\.(orders|users) for \d+m/,
  ],
  [
    { kind: 'scheduler' },
    'component_down',
    'platform/scheduler_down',
    /^The scheduler \(.+\) is down, last heartbeat .* ago: no run is created/,
  ],
  [
    { kind: 'import', dagId: 'micro' },
    'import_error',
    'configuration_error/missing_module',
    /micro\.py does not parse: ModuleNotFoundError: .+ at .+micro\.py:\d+/,
  ],
  [{ kind: 'surge' }, 'failure_rate_high', 'unknown/nothing_in_common', /^More runs fail than usual: \d failures in \d DAGs/],
];

const every3 = cases.map((each) => ['3', ...each] as const);
const some2 = cases.flatMap((each) => (/slow|stuck|import/.test(each[0].kind) ? [['2.11', ...each] as const] : []));

test.each([...every3, ...some2])(
  'Airflow %s with the fault %o: the incident %s is put down to %s',
  async (release: AirflowRelease, fault, kind, cause, sentence) => {
    await watchAirflow({ release, world: calm, start, historyDays: 1 }, async (watched) => {
      await watched.pass(3);
      watched.simulation.inject({ ...fault, forSeconds: 3600 });
      const { category, subcategory, rootCause, nextSteps } = await explainedAs(watched, kind, 30);
      expect(`${category}/${subcategory}`).toContain(cause);
      expect(rootCause).toMatch(sentence);
      expect(nextSteps.length).toBeGreaterThan(0);
    });
  },
);

test('what hangs on a scheduler that is down is put down to that, with the scheduler as what to mend', async () => {
  await watchAirflow({ release: '3', world: calm, start, historyDays: 1 }, async (watched) => {
    await watched.pass(3);
    watched.simulation.inject({ kind: 'scheduler', forSeconds: 3600 });
    const late = await explainedAs(watched, 'dag_late', 30);
    expect(late).toMatchObject({ category: 'platform', subcategory: 'scheduler_down', transient: 'yes' });
    expect(late.nextSteps[0]).toMatch(/^Restart the scheduler/);
  });
});
