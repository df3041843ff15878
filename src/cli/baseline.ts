import { Command } from 'commander';
import { loadConfig, type Config, type Environment } from '../config.ts';
import { profileRules } from '../detect/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { globMatches } from '../lib/glob.ts';
import { resetBackfill } from '../measure/backfill.ts';
import { baselinesOf, type Baseline } from '../measure/baselines.ts';
import { loadBook, loadNewestShifts } from '../measure/load-book.ts';
import { loadTallies } from '../measure/load-tallies.ts';
import type { Book } from '../measure/observe.ts';
import { bumpBookVersion, forgetLearned, saveBook } from '../measure/save-book.ts';
import { settleAll } from '../measure/settle-history.ts';
import { seriesKey, type TaskSeries } from '../measure/series.ts';
import type { Store } from '../store/store.ts';
import { baselineTable } from './baseline-lines.ts';
import { readHistoryAgain } from './read-history-again.ts';
import { withStore } from './read-store.ts';

interface Options {
  config?: string;
  dag: string;
  task: string;
  json?: boolean;
}

/** `windsock baseline create|list|refresh`: what is learned of how long tasks take, shown and made anew. */
export function baselineCommand(environment: Environment): Command {
  const command = new Command('baseline').description('Show, create or rebuild what is learned of how long each task takes');
  const sub = (name: string, description: string, run: (opened: Opened, options: Options) => Promise<void>): Command =>
    command
      .command(name)
      .description(description)
      .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
      .option('--dag <glob>', 'DAGs of this name alone, with * and ?', '*')
      .option('--task <glob>', 'tasks of this name alone, with * and ?', '*')
      .option('--json', 'one JSON object a line')
      .action(async (options: Options) => {
        const config = loadConfig(environment, options.config ?? environment['WINDSOCK_CONFIG']);
        await withStore(config, 'windsock-baseline', (store) => run({ config, store }, options));
      });
  sub('list', 'What each task is expected to take, and what that rests on', list);
  sub('create', 'Read history for tasks of which too little is known', create);
  sub('refresh', 'Forget level shifts and profiles, and learn them anew from the samples that are there', refresh);
  return command;
}

interface Opened {
  config: Config;
  store: Store;
}

const isMeant = ({ dag, task }: Options, { dagId, taskId }: { dagId: string; taskId: string }): boolean =>
  globMatches(dag, dagId) && globMatches(task, taskId);

const bookOf = async ({ config, store }: Opened): Promise<Book> =>
  (await loadBook(store, config.airflow.name, profileRules(config.detect))).book;

async function list(opened: Opened, options: Options): Promise<void> {
  const book = await bookOf(opened);
  show(await baselines(opened, book, options), options, 'nothing is learned yet: a task needs three successful runs');
}

async function baselines({ config, store }: Opened, book: Book, options: Options): Promise<Baseline[]> {
  const shifts = await loadNewestShifts(store, config.airflow.name);
  const meant = [...book.series.values()].filter((series) => isMeant(options, series));
  return baselinesOf(meant, { ...book, shifts }, systemClock.now());
}

function show(found: readonly Baseline[], { json = false }: Options, none: string): void {
  if (json) for (const each of found) process.stdout.write(`${JSON.stringify(each)}\n`);
  else process.stdout.write(found.length === 0 ? `${none}\n` : baselineTable(found));
}

async function refresh(opened: Opened, options: Options): Promise<void> {
  const { store, config } = opened;
  const deployment = config.airflow.name;
  const old = [...(await bookOf(opened)).series.values()].filter((series) => isMeant(options, series));
  if (old.length === 0) throw new AppError('NOT_FOUND', `no task matches --dag ${options.dag} --task ${options.task}`);
  await store.transaction(async (tx) => {
    await forgetLearned(tx, deployment, old);
    const { book } = await loadBook(tx, deployment, profileRules(config.detect));
    const again = old.flatMap(({ dagId, taskId, bucket }): TaskSeries[] => {
      const found = book.series.get(seriesKey(dagId, taskId, bucket));
      return found === undefined ? [] : [found];
    });
    await saveBook(tx, deployment, settleAll(book, again));
    await bumpBookVersion(tx, deployment);
  });
  show(await baselines(opened, await bookOf(opened), options), options, 'no samples are left of these tasks');
}

async function create(opened: Opened, options: Options): Promise<void> {
  const { store, config } = opened;
  const deployment = config.airflow.name;
  const before = await bookOf(opened);
  const known = new Set([...before.series.values()].flatMap((each) => (each.summary === null ? [] : [nameOf(each)])));
  const tasks = [...(await loadTallies(store, deployment)).tasks.values()];
  const missing = tasks.filter((task) => isMeant(options, task) && !known.has(nameOf(task)));
  if (tasks.length > 0 && missing.length === 0) {
    process.stderr.write('every task that ran has a baseline already; `windsock baseline refresh` learns them anew\n');
  } else if (!(await readHistoryAgain(config, store, config.history))) {
    await store.transaction(async (tx) => {
      await resetBackfill(tx, deployment);
      await bumpBookVersion(tx, deployment);
    });
    process.stderr.write(
      `the Windsock that is serving ${deployment} reads its history again from its next cycle on, for ${missing.length} tasks\n`,
    );
    return;
  }
  show(await baselines(opened, await bookOf(opened), options), options, 'history holds no task with three successful runs');
}

const nameOf = ({ dagId, taskId }: { dagId: string; taskId: string }): string => `${dagId}\0${taskId}`;
