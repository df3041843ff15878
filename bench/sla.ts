import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Transition } from '../src/collect/transition.ts';
import type { RunRecord } from '../src/measure/run-history.ts';
import { newBook, type SlaBook } from '../src/sla/book.ts';
import { objectivesConfig } from '../src/sla/config.ts';
import { slaFamilies } from '../src/sla/families.ts';
import { loadSla } from '../src/sla/load.ts';
import { saveSla } from '../src/sla/save.ts';
import { turnSlas, type SlaTurnInputs } from '../src/sla/turn.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/store.ts';
import { closeAtExit } from './cleanup.ts';
import { formatSize, median, type BenchRun } from './line.ts';
import { temporaryFolder } from './postgres.ts';

/** DAGs; the first is what the targets are for. */
const sizes = [1000, 5000] as const;
/** An SLA has 1000 targets at most. */
const shards = 5;
const kinds = 5;
const hourMs = 3_600_000;
const cycleMs = 15_000;
const startMs = Date.UTC(2026, 4, 5, 12);
const runsOfHistory = 200;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, typed arrays included. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const dagIdOf = (index: number): string => `shard_${index % shards}_pipeline_${index}`;

/** Every DAG has five SLAs, one of each kind that needs no metric of its own. */
const objectives = objectivesConfig.parse(
  Array.from({ length: shards }, (_, shard) => {
    const match = { dags: [`shard_${shard}_*`] };
    return [
      { name: `succeeds ${shard}`, kind: 'success_ratio', match },
      { name: `takes ${shard}`, kind: 'duration', threshold: '10m', match },
      { name: `waits ${shard}`, kind: 'queue_wait', threshold: '5m', match },
      { name: `fresh ${shard}`, kind: 'freshness', threshold: '3h', match },
      { name: `done ${shard}`, kind: 'deadline', by: '06:00', match },
    ];
  }).flat(),
);

/** Hourly runs, each at a minute of its own. */
function runOf(index: number, number: number): RunRecord {
  const dueMs = startMs - number * hourMs - ((index * 7919) % hourMs);
  const state = (index + number) % 50 === 0 ? 'failed' : 'success';
  return {
    runPk: index * 1000 + runsOfHistory - number,
    runId: `scheduled__${dueMs}`,
    runType: 'scheduled',
    dueMs,
    startMs: dueMs + 5000,
    endMs: dueMs + 300_000,
    state,
    byPerson: false,
  };
}

function endOf(index: number, nowMs: number): Transition[] {
  const common = { dagId: dagIdOf(index), runPk: index * 1000 + 999, runId: `scheduled__${nowMs}`, runType: 'scheduled' };
  const [startedAt, endedAt, dueAt] = [new Date(nowMs - 300_000), new Date(nowMs - 1000), new Date(nowMs - 305_000)];
  return [
    { kind: 'run_ended', ...common, logicalDate: null, dueAt, state: 'success', byPerson: false, startedAt, endedAt },
    {
      kind: 'attempt',
      ...common,
      taskId: 'load',
      mapIndex: -1,
      outcome: 'success',
      tryNumber: 1,
      startedAt,
      endedAt,
      durationSeconds: 299,
      queueWaitSeconds: 3,
      queue: 'default',
      pool: 'default_pool',
      operator: 'PythonOperator',
      hostname: 'worker-1',
      dueAt,
      runStartedAt: startedAt,
      clearNumber: 0,
    },
  ];
}

/** Time of a cycle's SLAs, store included, and of this thread alone. */
interface Took {
  seconds: number;
  cpuSeconds: number;
}

async function timed<Result>(work: () => Promise<Result>): Promise<Took & { result: Result }> {
  const [began, before] = [performance.now(), process.threadCpuUsage()];
  const result = await work();
  const { user, system } = process.threadCpuUsage(before);
  return { result, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function startStore(): Promise<Store & AsyncDisposable> {
  const folder = await temporaryFolder();
  const server = await startEmbedded({ dataDir: join(folder.path, 'store') });
  const store = await openStore({ url: await server.databaseUrl('windsock'), applicationName: 'windsock-bench', max: 2 });
  await migrate(store);
  return {
    ...store,
    [Symbol.asyncDispose]: closeAtExit(async () => {
      await store.close();
      await server.stop();
      await folder[Symbol.asyncDispose]();
    }),
  };
}

/** Judging many SLAs cycle by cycle: each DAG has five, and runs once an hour. */
export async function benchSla(run: BenchRun): Promise<void> {
  for (const dagCount of sizes) await benchSize(run, dagCount);
}

async function benchSize({ emit, say }: BenchRun, dagCount: (typeof sizes)[number]): Promise<void> {
  await using store = await startStore();
  const dags = Array.from({ length: dagCount }, (_, index) => ({
    dagId: dagIdOf(index),
    owners: 'team',
    tags: [],
    paused: false,
  }));
  const runs = new Map(
    dags.map(({ dagId }, index) => [
      dagId,
      Array.from({ length: runsOfHistory }, (_, number) => runOf(index, runsOfHistory - number)),
    ]),
  );
  const tasks = new Map(dags.map(({ dagId }) => [dagId, { dagId, taskId: 'load' }]));
  let book: SlaBook = newBook(objectives, await loadSla(store, 'bench'));
  const empty = bytesInUse();
  let nowMs = startMs;
  let ended = 0;
  const cycle = (runsEnded: number) => {
    nowMs += cycleMs;
    const transitions = Array.from({ length: runsEnded }, () => endOf((ended += 1) % dagCount, nowMs)).flat();
    const inputs: SlaTurnInputs = {
      now: new Date(nowMs),
      previousAt: new Date(nowMs - cycleMs),
      transitions,
      snapshot: {},
      runs,
      warmingUp: false,
      dags,
      tasks,
      posted: [],
    };
    return timed(async () => {
      const turn = await turnSlas(store, 'bench', book, inputs);
      await store.transaction((tx) => saveSla(tx, 'bench', turn.changes));
      return turn;
    });
  };
  const targets = formatSize(dagCount * kinds);
  const line = (figure: string, value: number, unit: string, atMost?: number) => {
    const isTarget = atMost !== undefined && dagCount === sizes[0];
    emit({
      bench: 'sla',
      figure: `${targets}: ${figure}`,
      value,
      unit,
      ...(isTarget ? { target: { of: 'value', atMost } } : {}),
    });
  };

  const anHours = Math.round((dagCount * cycleMs) / hourMs);
  const seconds = (cycles: readonly Took[]): number[] => cycles.map((each) => each.seconds);
  const first = await cycle(0);
  say(`${formatSize(dagCount)} DAGs with ${kinds} SLAs each: ${first.result.statuses?.length ?? 0} judged`);
  say(`first cycle: ${first.cpuSeconds} s of this thread`);
  line('first cycle of new targets', first.seconds, 's', 2);
  const seeding: Took[] = [];
  for (let waits = true; waits;) {
    const { result, ...took } = await cycle(anHours);
    seeding.push(took);
    waits = result.warnings.length > 0;
    if (seeding.length % 20 === 0) say(`cycle ${seeding.length}: ${result.warnings.join()}`);
  }
  line(`cycles until all have ${runsOfHistory} runs of history`, seeding.length + 1, 'cycles');
  line('a cycle meanwhile, median', median(seconds(seeding)), 's');
  line('a cycle meanwhile, worst', Math.max(...seconds(seeding)), 's', 2);
  line(`memory of all, with ${runsOfHistory} runs each`, (bytesInUse() - empty) / 1e6, 'MB');
  const usual: Took[] = [];
  for (let number = 0; number < 20; number += 1) usual.push(await cycle(anHours));
  line('a cycle from then on, median', median(seconds(usual)), 's', 1);
  line('a cycle from then on, worst', Math.max(...seconds(usual)), 's', 2);
  line('of that this thread, median', median(usual.map(({ cpuSeconds }) => cpuSeconds)), 's');
  line('of that this thread, worst', Math.max(...usual.map(({ cpuSeconds }) => cpuSeconds)), 's');
  const statuses = (await cycle(0)).result.statuses ?? [];
  const families = await timed(async () => slaFamilies(statuses));
  line('families of all', families.cpuSeconds, 's');
  line(
    'series of all',
    families.result.reduce((sum, { samples }) => sum + samples.length, 0),
    'series',
  );
  const loaded = await timed(() => loadSla(store, 'bench'));
  line('load at start or takeover', loaded.seconds, 's');
  book = newBook(objectives, loaded.result);
  line('first cycle after it', (await cycle(0)).seconds, 's', 2);
}
