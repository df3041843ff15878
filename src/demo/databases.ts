import pg from 'pg';
import { AppError, errorText } from '../lib/errors.ts';
import { startEmbedded, type EmbeddedPostgres } from '../store/embedded.ts';
import { emptyFolder, runningDemo, type DemoFolder } from './folder.ts';

export interface DemoDatabases {
  /** Airflow's metadata database, empty. */
  airflowUrl: string;
  /** Windsock's own store, empty. */
  storeUrl: string;
  stop(): Promise<void>;
}

/** Starts one PostgreSQL in the demo's folder with two empty databases. Throws CONFLICT when another demo has the folder. */
export async function startDatabases(folder: DemoFolder): Promise<DemoDatabases> {
  const postgres = await startEmbedded({ dataDir: folder.path, fast: true }).catch(async (error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    const holder = (await runningDemo(folder)) ?? 'unknown';
    throw new AppError(
      'CONFLICT',
      `a demo runs in ${folder.path} already (process ${holder}); stop it, or name another folder with --data-dir`,
      {
        cause: error,
      },
    );
  });
  try {
    await emptyFolder(folder);
    return {
      airflowUrl: await freshDatabase(postgres, 'airflow'),
      storeUrl: await freshDatabase(postgres, 'windsock'),
      stop: () => postgres.stop(),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function freshDatabase(postgres: EmbeddedPostgres, name: string): Promise<string> {
  const client = new pg.Client(postgres.adminUrl);
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } catch (error) {
    throw new AppError('UNAVAILABLE', `the demo's database cannot be emptied (${errorText(error)}); delete its folder`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
  return postgres.databaseUrl(name);
}
