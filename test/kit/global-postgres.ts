import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/open.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    adminUrl: string;
  }
}

/** One real PostgreSQL for all integration tests; `template_store` is a migrated store that tests clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'windsock-test-'));
  await chmod(folder, 0o755);
  const postgres = await startEmbedded({ dataDir: folder, fast: true });
  const store = await openStore({ url: await postgres.databaseUrl('template_store'), applicationName: 'windsock-test', max: 1 });
  await migrate(store);
  await store.close();
  project.provide('adminUrl', postgres.adminUrl);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
