import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../src/lib/clock.ts';
import { closeAtExit } from './cleanup.ts';
import { tasksPerDag } from './fill.ts';
import { queryOnce, temporaryFolder } from './postgres.ts';
import { freePort, stopProcess } from './process.ts';

const release = '3.3.2';
const packages = ['airflow-exporter==2.1.0', 'prometheus-client==0.23.1'];
const startWithinMs = 180_000;
const scrapeWithinMs = 300_000;

// As test/airflow/install-airflow.sh has it.
const cache =
  process.env['WINDSOCK_AIRFLOW_HOME_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'windsock');

/** The real airflow-exporter beside the real Airflow, in a folder of its own so that the Airflow stays as it is; or why not. */
async function install(venv: string): Promise<{ ok: true; folder: string } | { ok: false; reason: string }> {
  if (!existsSync(join(venv, 'bin/airflow')))
    return { ok: false, reason: `Airflow ${release} is not installed; test/airflow/install-airflow.sh ${release} does that` };
  const folder = join(cache, 'airflow-exporter', '2.1.0');
  if (existsSync(join(folder, 'airflow_exporter'))) return { ok: true, folder };
  await mkdir(folder, { recursive: true });
  const python = process.env['PYTHON'] ?? 'python3.11';
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, ...packages], {
    encoding: 'utf8',
  });
  if (pip.status === 0) return { ok: true, folder };
  return {
    ok: false,
    reason: `airflow-exporter could not be installed: ${pip.error?.message ?? pip.stderr.trim().split('\n').at(-1)}`,
  };
}

function environment(home: string, folder: string, databaseUrl: string, port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: folder,
    PYTHONWARNINGS: 'ignore',
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__CORE__FERNET_KEY: '',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: databaseUrl.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    AIRFLOW__API__BASE_URL: `http://127.0.0.1:${port}`,
    AIRFLOW__API__SECRET_KEY: 'a-secret-of-the-benchmark',
    AIRFLOW__API_AUTH__JWT_SECRET: 'a-secret-of-the-benchmark-that-is-long-enough-for-any-algorithm-of-jwt-in-use',
  };
}

/** The simulator's serialised DAGs hold what Windsock reads; the real Airflow wants its own. */
async function serializeDags(venv: string, env: NodeJS.ProcessEnv, databaseUrl: string): Promise<void> {
  const script = fileURLToPath(new URL('./serialize-dag.py', import.meta.url));
  const python = spawnSync(join(venv, 'bin/python'), [script, `${tasksPerDag}`], { encoding: 'utf8', env });
  if (python.status !== 0) throw new Error(`Airflow cannot serialise a DAG: ${python.stderr.slice(-1000)}`);
  const payload = python.stdout.trim().split('\n').at(-1) ?? '';
  await queryOnce(databaseUrl, "UPDATE serialized_dag SET data = replace($1, 'dag_id_here', dag_id)::jsonb", [payload]);
  await queryOnce(databaseUrl, 'VACUUM FULL ANALYZE serialized_dag');
}

/** Seconds until `url` has answered with all its metrics. */
async function scrape(url: string): Promise<number> {
  const began = performance.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(scrapeWithinMs) });
  const text = await response.text();
  if (!response.ok || !text.includes('airflow_task_status{'))
    throw new Error(`${url} answered ${response.status} without airflow_task_status: ${text.slice(0, 200)}`);
  return (performance.now() - began) / 1000;
}

/** Lets `work` scrape the real airflow-exporter of a real Airflow API server on this database; says why where that cannot be. */
export async function withRealExporter(
  databaseUrl: string,
  say: (text: string) => void,
  work: (scrape: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const venv = join(cache, 'airflow', release);
  const installed = await install(venv);
  if (!installed.ok) return say(`skipping the real airflow-exporter: ${installed.reason}`);
  await using home = await temporaryFolder();
  const port = await freePort();
  const env = environment(home.path, installed.folder, databaseUrl, port);
  say(`serialising DAGs with Airflow ${release}`);
  await serializeDags(venv, env, databaseUrl);
  say(`starting Airflow ${release}'s API server with airflow-exporter 2.1.0`);
  const child = spawn(join(venv, 'bin/airflow'), ['api-server', '--host', '127.0.0.1', '--port', `${port}`, '--workers', '1'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = closeAtExit(() => stopProcess(child, { group: true }));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  try {
    const url = `http://127.0.0.1:${port}/admin/metrics/`;
    const began = performance.now();
    for (;;) {
      if (child.exitCode !== null) throw new Error(`Airflow's API server ended: ${output}`);
      if (performance.now() - began > startWithinMs) throw new Error(`Airflow's API server does not answer: ${output}`);
      // Not listening yet: fetch fails. Any answer but metrics is a fault.
      const listens = await fetch(url, { method: 'HEAD' }).then(
        () => true,
        () => false,
      );
      if (listens) break;
      await sleep(500);
    }
    await scrape(url);
    await work(() => scrape(url));
  } finally {
    await stop();
  }
}
