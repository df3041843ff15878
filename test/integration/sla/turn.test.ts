import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../src/collect/transition.ts';
import { saveSamples } from '../../../src/measure/samples.ts';
import { newBook, type SlaBook } from '../../../src/sla/book.ts';
import { postValues } from '../../../src/sla/custom.ts';
import { readLatest } from '../../../src/sla/custom-read.ts';
import { customFamilies, slaFamilies } from '../../../src/sla/families.ts';
import { listSlas } from '../../../src/sla/list.ts';
import { loadSla } from '../../../src/sla/load.ts';
import { eventsMax } from '../../../src/sla/memory.ts';
import type { SlaObjective } from '../../../src/sla/objective.ts';
import { saveSla, trimSla } from '../../../src/sla/save.ts';
import { turnSlas, type SlaTurnInputs } from '../../../src/sla/turn.ts';
import { encodeText } from '../../../src/measure/exposition.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { attempt, record, runEnded } from '../../detect/kit.ts';
import { dayMs, hourMs, minuteMs, objective } from '../../sla/kit.ts';

const start = Date.parse('2026-06-10T12:00:00Z');
const dags = [{ dagId: 'etl', owners: 'ann', tags: [], paused: false }];
const tasks = new Map([['etl.load', { dagId: 'etl', taskId: 'load' }]]);
const objectives: SlaObjective[] = [
  objective({ name: 'runs', min_events: 1 }),
  objective({ name: 'tries', match: { tasks: ['load'] }, kind: 'duration', threshold: '30s', min_events: 1 }),
  objective({ name: 'fresh', kind: 'freshness', threshold: '5m' }),
  objective({ name: 'due', kind: 'deadline', by: '12:30' }),
  objective({ name: 'lag', kind: 'custom', threshold: 10, metric: { name: 'lag' } }),
  objective({
    name: 'errors',
    kind: 'custom',
    metric: { name: 'llm_errors', of: { name: 'llm_requests' }, per: ['model'] },
    thresholds: { warning: '5%', critical: '10%' },
  }),
];

const inputs = (atMs: number, transitions: Transition[], over: Partial<SlaTurnInputs> = {}): SlaTurnInputs => ({
  now: new Date(atMs),
  previousAt: new Date(atMs - 15_000),
  transitions,
  snapshot: {},
  runs: new Map(),
  warmingUp: false,
  dags,
  tasks,
  posted: [],
  ...over,
});

const load = async (store: Store, of = objectives): Promise<SlaBook> => newBook(of, await loadSla(store, 'a'));
async function turn(store: Store, book: SlaBook, given: SlaTurnInputs) {
  const filled = { ...given, posted: await readLatest(store, 'a', given.now) };
  const judged = await turnSlas(store, 'a', book, filled);
  await store.transaction((tx) => saveSla(tx, 'a', judged.changes));
  return judged;
}

/** What happens at minute `n`: every third run fails, tries grow slower. */
const events = (n: number): Transition[] => {
  const endedAt = new Date(start + n * minuteMs);
  return [
    runEnded({
      runPk: n,
      runId: `r${n}`,
      state: n % 3 === 0 ? 'failed' : 'success',
      startedAt: new Date(endedAt.getTime() - 1000),
      endedAt,
    }),
    attempt({ runPk: n, outcome: 'success', endedAt, durationSeconds: 25 + n }),
  ];
};

describe('SLAs and their store', () => {
  test('a restart after every cycle, and cycles that fail and are done again, come to the same as none of them', async () => {
    await using steady = await createStore();
    await using shaken = await createStore();
    const book = await load(steady);
    for (let n = 1; n <= 12; n += 1) {
      const atMs = start + n * 4 * minuteMs;
      const given = () => inputs(atMs, events(n * 4));
      const at = new Date(atMs - 1000);
      const values = [
        { name: 'lag', labels: { team: 'a' }, value: n, at },
        { name: 'llm_requests', labels: { model: 'big' }, value: 100, at },
        { name: 'llm_requests', labels: { model: 'small' }, value: 100, at },
        { name: 'llm_errors', labels: { model: 'big' }, value: n, at },
      ];
      for (const store of [steady, shaken]) await postValues(store, 'a', values, new Date(atMs));
      const { statuses } = await turn(steady, book, given());
      const killed = await load(shaken);
      await expect(
        shaken.transaction(async (tx) => {
          await saveSla(tx, 'a', (await turnSlas(shaken, 'a', killed, given())).changes);
          throw new Error('killed before the commit');
        }),
      ).rejects.toThrow('killed');
      const again = await turn(shaken, await load(shaken), given());
      expect(again.statuses).toEqual(statuses);
      expect(await listSlas(shaken, 'a')).toEqual(await listSlas(steady, 'a'));
    }
    const last = await listSlas(steady, 'a');
    expect(last.map(({ sla, state, total, bad, violations }) => [sla, state, total, bad, violations])).toEqual([
      ['due', 'met', 1, 0, 0],
      // Above 5 % from the sixth cycle on: in six of seven cycles three slices of one value, and in seven one of two.
      ['errors [big]', 'breached', 44, 25, 25],
      ['errors [small]', 'met', 44, 0, 0],
      ['fresh', 'met', 44, 6, 6],
      ['lag', 'breached', 44, 5, 5],
      ['runs', 'breached', 12, 4, 4],
      ['tries', 'breached', 12, 11, 11],
    ]);
  });

  test('a new objective takes in the samples of its tasks and the history of its runs', async () => {
    await using store = await createStore();
    const rows = Array.from({ length: 8 }, (_, index) =>
      attempt({
        runPk: index,
        outcome: 'success',
        endedAt: new Date(start - (index + 1) * hourMs),
        durationSeconds: index < 2 ? 40 : 20,
      }),
    );
    await saveSamples(
      store,
      'a',
      rows.map((row) => ({ attempt: row, counted: true, score: null })),
    );
    const runs = new Map([
      ['etl', Array.from({ length: 10 }, (_, n) => record(new Date(start - (n + 2) * hourMs), { runPk: n }))],
    ]);
    const { statuses } = await turn(store, await load(store), inputs(start, [], { runs }));
    const found = statuses?.map(({ sla, total, bad, violations }) => [sla, total, bad, violations]);
    expect(found).toContainEqual(['runs', 10, 0, 0]);
    expect(found).toContainEqual(['tries', 8, 2, 0]);
    // Once is enough: a restart does not count it again.
    const again = await turn(store, await load(store), inputs(start + 15_000, [], { runs }));
    expect(again.statuses?.map(({ sla, total, bad, violations }) => [sla, total, bad, violations])).toEqual(found);
  });

  test('an objective that is changed begins anew, one that is gone is shown no more, and counters never go down', async () => {
    await using store = await createStore();
    const book = await load(store);
    for (let n = 1; n <= 6; n += 1) await turn(store, book, inputs(start + n * minuteMs, events(n)));
    const [runs] = objectives;
    const strict = [{ ...(runs as SlaObjective), objective: 0.5, threshold: 0.5 }];
    const { statuses } = await turn(store, await load(store, strict), inputs(start + 7 * minuteMs, []));
    expect(statuses).toMatchObject([{ sla: 'runs', total: 0, violations: 2, state: 'unknown' }]);
    expect((await listSlas(store, 'a')).map(({ sla }) => sla)).toEqual(['runs']);
    expect(await store.query(`SELECT count(*) AS n FROM sla_event WHERE sla = 'runs'`)).toEqual([{ n: 0 }]);
    const back = await turn(store, await load(store), inputs(start + 8 * minuteMs, []));
    expect(back.statuses?.find(({ sla }) => sla === 'tries')).toMatchObject({ total: 6, violations: 1 });
  });

  test('what is kept has bounds', async () => {
    await using store = await createStore();
    const book = await load(store, objectives.slice(0, 1));
    const many = Array.from({ length: eventsMax + 50 }, (_, n) =>
      runEnded({ runPk: n, state: 'success', endedAt: new Date(start + n) }),
    );
    await turn(store, book, inputs(start + minuteMs, many));
    await trimSla(store, 'a', new Date(start + minuteMs));
    expect(await store.query('SELECT count(*) AS n FROM sla_event')).toEqual([{ n: eventsMax }]);
    const reloaded = await load(store, objectives.slice(0, 1));
    expect((await turn(store, reloaded, inputs(start + 2 * minuteMs, []))).statuses).toMatchObject([{ total: eventsMax + 50 }]);
    await trimSla(store, 'a', new Date(start + 91 * dayMs));
    expect(await store.query('SELECT (SELECT count(*) FROM sla_event) + (SELECT count(*) FROM sla_bucket) AS n')).toEqual([
      { n: 0 },
    ]);
  });

  test('SLAs and posted metrics are exposed, what is unknown is absent', async () => {
    await using store = await createStore();
    const book = await load(store, [objectives[0] as SlaObjective, objectives[2] as SlaObjective]);
    await postValues(
      store,
      'a',
      [{ name: 'rows_loaded', labels: { team: 'a"b' }, value: 5, at: new Date(start) }],
      new Date(start),
    );
    const made = await turn(store, book, inputs(start + minuteMs, [events(1)[0] as Transition]));
    const text = encodeText([...slaFamilies(made.statuses ?? []), ...customFamilies(made.custom)]);
    expect(text).toContain('airflow_sla_met{sla="runs",dag_id="etl",task_id=""} 1');
    expect(text).toContain('airflow_sla_error_budget_remaining_runs{sla="runs",dag_id="etl",task_id=""} 0');
    expect(text).toContain('airflow_sla_burn_rate{sla="runs",dag_id="etl",task_id="",window="12 runs"} 0');
    expect(text).toContain('airflow_sla_violations_total{sla="fresh",dag_id="etl",task_id=""} 0');
    expect(text).toContain('rows_loaded{team="a\\"b"} 5');
    const empty = await turn(store, newBook(objectives.slice(0, 1)), inputs(start, []));
    expect(encodeText(slaFamilies(empty.statuses ?? []))).not.toContain('airflow_sla_met{');
  });
});
