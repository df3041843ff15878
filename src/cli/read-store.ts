import type { Config } from '../config.ts';
import { startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/migrate.ts';
import { openStore } from '../store/open.ts';
import { runningEmbeddedUrl } from '../store/running-embedded.ts';
import type { Store } from '../store/store.ts';

/** Looks into the store, also while a Windsock runs on it; the embedded server is started when none does. */
export async function withStore<Result>(
  { store: slice }: Pick<Config, 'store'>,
  applicationName: string,
  look: (store: Store) => Promise<Result>,
): Promise<Result> {
  await using closing = new AsyncDisposableStack();
  let url = slice.database_url ?? (await runningEmbeddedUrl(slice.data_dir, 'windsock'));
  if (url === undefined) {
    const postgres = await startEmbedded({ dataDir: slice.data_dir });
    closing.defer(() => postgres.stop());
    url = await postgres.databaseUrl('windsock');
  }
  const store = await openStore({ url, applicationName, max: 3 });
  closing.defer(() => store.close());
  await migrate(store);
  // Awaited here: what is opened above closes when this function is left.
  return await look(store);
}
