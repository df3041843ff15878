import { placeOf } from '../../airflow/describe-error.ts';
import type { Config } from '../../config.ts';
import { alphaMax } from '../../measure/frequency.ts';
import { statistical } from '../../detect/statistical.ts';
import { AppError, errorText } from '../../lib/errors.ts';
import { loadLearned } from '../../measure/load-book.ts';
import { alphaUnlearned, type Learned } from '../../measure/learned.ts';
import { startEmbedded, type EmbeddedPostgres } from '../../store/embedded.ts';
import { migrate } from '../../store/migrate.ts';
import { openStore } from '../../store/open.ts';
import type { Check, Tell } from './line.ts';

/** Our own database: starts the embedded one, migrates, and closes it again. */
export const checkStore: Check = async ({ store: slice, detect, airflow }, tell) => {
  const embedded = slice.database_url === undefined ? await startEmbeddedUnlessInUse(slice.data_dir, tell) : undefined;
  if (embedded === null) return;
  try {
    const url = slice.database_url ?? (await embedded?.databaseUrl('windsock')) ?? '';
    const store = await openStore({ url, applicationName: 'windsock-check', max: 1 });
    try {
      await migrate(store);
      const [row] = await store.query<{ version: string }>("SELECT current_setting('server_version') AS version");
      const where = embedded ? `embedded under ${slice.data_dir}` : placeOf(url);
      tell({ what: 'store', state: 'ok', detail: `PostgreSQL ${row?.version ?? ''}, ${where}` });
      const { learned } = await loadLearned(store, airflow.name);
      tell({ what: 'detect', state: 'ok', detail: budgetText(detect, learned) });
    } finally {
      await store.close();
    }
  } finally {
    await embedded?.stop();
  }
};

/** How sure each statistical detector must be, so that all of them together keep to the budget. */
function budgetText({ false_alerts_per_week: budget, disabled }: Config['detect'], { alphas, series }: Learned): string {
  const shown = Object.entries(statistical).filter(([, kind]) => !disabled.includes(kind));
  const each = shown
    .map(([name]) => `${name} p ≤ ${Number(Math.min(alphaMax, alphas[name] ?? alphaUnlearned).toPrecision(2))}`)
    .join(', ');
  const basis = series === 0 ? 'until something is learned' : `by what ${series} series and their runs say`;
  const often = each === '' ? '' : ' for what runs daily, less for what runs more often,';
  return `at most ${budget} false alerts a week: ${each || 'no statistical detector is on'}${often} ${basis}`;
}

/** Null, with a line that says so, while a Windsock runs on it: that is no fault, and nothing to try. */
async function startEmbeddedUnlessInUse(dataDir: string, tell: Tell): Promise<EmbeddedPostgres | null> {
  try {
    return await startEmbedded({ dataDir });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    tell({ what: 'store', state: 'warn', detail: `not tried: ${errorText(error)}` });
    return null;
  }
}
