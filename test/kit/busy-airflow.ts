import { dag, every, task, type DagSpec, type World } from '../../src/demo/dag.ts';
import { createSimulation, type Simulation, type SimulationOptions } from '../../src/demo/simulation.ts';
import type { TestDatabase } from './database.ts';

const everyMinute = (offsetSeconds: number) => every(60, offsetSeconds, '* * * * *', 'Every minute');
/** Short tasks that end in every way there is. */
const busyDag = (number: number): DagSpec =>
  dag(`busy_${number}`, everyMinute(number * 5), [
    task('start', [], { kind: 'empty' }),
    task('extract', ['start'], { medianSeconds: 4, failRate: 0.1, retries: 2, retryDelaySeconds: 5 }),
    task('load', ['extract'], { medianSeconds: 6, failRate: 0.08, retries: 0 }),
    task('check', ['load'], { medianSeconds: 1, failRate: 0.05, retries: 1, retryDelaySeconds: 5 }),
  ]);

/** About a hundred tasks a simulated minute. */
export const busyWorld: World = {
  parallelism: 64,
  hosts: ['worker-0', 'worker-1'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: [
    ...Array.from({ length: 8 }, (_, number) => busyDag(number)),
    dag('busy_branch', everyMinute(0), [
      task('choose', [], { kind: 'branch', medianSeconds: 1 }),
      task('left', ['choose'], { medianSeconds: 3, failRate: 0.05, retries: 0 }),
      task('right', ['choose'], { medianSeconds: 3, skipRate: 0.2 }),
      task('join', ['left', 'right'], { medianSeconds: 2, triggerRule: 'none_failed_min_one_success' }),
    ]),
    dag('busy_wide', everyMinute(10), [
      task('list', [], { medianSeconds: 1 }),
      task('item', ['list'], { medianSeconds: 5, mapped: { min: 2, max: 12 }, failRate: 0.05, retries: 1, retryDelaySeconds: 5 }),
      task('sum', ['item'], { medianSeconds: 2 }),
    ]),
    dag('busy_waiting', every(120, 0, '*/2 * * * *', 'Every 2 minutes'), [
      task('wait', [], { kind: 'sensor', medianSeconds: 20, pokeSeconds: 5, retries: 0 }),
      task('defer', ['wait'], { kind: 'deferrable', medianSeconds: 10 }),
      task('use', ['defer'], { medianSeconds: 4, failRate: 0.1, retries: 1, retryDelaySeconds: 5 }),
    ]),
  ],
};

/** A simulated Airflow that goes on by itself, faster than real time, with people clearing and marking. */
export interface BusyAirflow extends AsyncDisposable {
  simulation: Simulation;
  /**
   * Begins to step; before it nothing happens, and Windsock has looked once. `lastLook` gives the time of the last look that
   * it committed, null where nobody can say. Runs that ended since are not cleared, since their first end would be seen by
   * nobody, and it waits for a look after so many steps: between two looks no more happens than on a quiet machine.
   */
  go(lastLook: () => Promise<Date | null>): void;
  /** Stops stepping once the step under way is written. */
  rest(): Promise<void>;
}

export interface BusyOptions extends Partial<SimulationOptions> {
  /** Simulated seconds of one step. */
  stepSeconds?: number;
  /** Real milliseconds between two steps. */
  everyMs?: number;
  /** Simulated minutes that have passed by now: a history of that length. */
  pastMinutes?: number;
  /** Every how many steps a person clears or marks something; 0: never. */
  actEvery?: number;
}

/** Steps, 12 s of them and more, in which a Windsock that is killed and started anew, or replaced by another, looks at least once. */
const aheadMax = 120;

export async function startBusyAirflow(database: TestDatabase, options: BusyOptions = {}): Promise<BusyAirflow> {
  const { stepSeconds = 10, everyMs = 100, actEvery = 15, pastMinutes = 10, ...rest } = options;
  // Ahead of the database's clock from here on, since it runs faster: hosts whose clocks are ahead look like this.
  const simulation = await createSimulation({
    databaseUrl: database.url,
    airflow: '3',
    seed: 11,
    start: new Date(Date.now() - pastMinutes * 60_000),
    world: busyWorld,
    ...rest,
  });
  await simulation.step(new Date());
  const resting = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  async function run(lastLook: () => Promise<Date | null>): Promise<void> {
    // Real times, each with the simulated one until which all was written then; the first is that of the newest look we know of.
    let written = [{ at: new Date(), until: simulation.now() }];
    const pause = () => new Promise((done) => setTimeout(done, everyMs));
    async function noteLook(): Promise<void> {
      const look = await lastLook();
      if (look === null) return;
      const newest = written.findLastIndex(({ at }) => at < look);
      if (newest > 0) written = written.slice(newest);
    }
    for (let step = 1; !resting.signal.aborted; step += 1) {
      for (; written.length > aheadMax && !resting.signal.aborted; await noteLook()) await pause();
      await simulation.step(new Date(simulation.now().getTime() + stepSeconds * 1000));
      written.push({ at: new Date(), until: simulation.now() });
      if (actEvery > 0 && step % actEvery === 0) {
        await noteLook();
        const quiet = new Date(simulation.now().getTime() - 900_000);
        const seen = written[0]?.until ?? quiet;
        await act(database, simulation, step / actEvery, seen < quiet ? seen : quiet);
      }
      await pause();
    }
  }
  const stop = async () => {
    resting.abort();
    await loop;
  };
  return {
    simulation,
    go(lastLook) {
      loop = run(lastLook);
    },
    rest: stop,
    async [Symbol.asyncDispose]() {
      await stop().catch(() => {});
      await simulation[Symbol.asyncDispose]();
    },
  };
}

/**
 * A person's hand on busy DAGs, in turn: clears what ended a while ago, marks what runs, clears what runs. What ended since
 * `seenUntil` by the simulated clock is left alone: nobody may have seen the end yet.
 */
export async function act(database: TestDatabase, simulation: Simulation, turn: number, seenUntil: Date): Promise<void> {
  const ended = await database.query<{ key: string }>(
    `SELECT dag_id || '/' || run_id AS key FROM dag_run WHERE end_date < $1 AND state IN ('success', 'failed')`,
    [seenUntil],
  );
  const old = new Set(ended.map(({ key }) => key));
  const runs = simulation.runs().filter(({ dagId }) => dagId.startsWith('busy_'));
  const done = runs.filter(({ dagId, runId }) => old.has(`${dagId}/${runId}`));
  const open = runs.filter(({ state }) => state === 'running');
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[(turn * 7) % Math.max(1, items.length)];
  const [cleared, marked] = [pick(done), pick(open)];
  if (turn % 3 === 0 && cleared) await simulation.clear(cleared);
  if (turn % 3 === 1 && marked) await simulation.mark(marked, turn % 2 === 0 ? 'success' : 'failed');
  // Nothing is skipped in this one: a skip that is cleared and skipped again between two looks leaves one row.
  const running = open.find(({ dagId }) => dagId === 'busy_1');
  if (turn % 3 === 2 && running) await simulation.clear(running);
}
