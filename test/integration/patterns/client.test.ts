import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import { patternSources } from '../../../src/pattern-sources.ts';
import { listClusters, readCluster } from '../../../src/patterns/list-clusters.ts';
import { testWith } from '../../kit/binaries.ts';
import { createStore } from '../../kit/database.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';

const document = readFileSync(resolve(import.meta.dirname, '../../../docs/PATTERNS.md'), 'utf8');
const client = /```python\n([\s\S]*?)```/.exec(document)?.[1] ?? '';

/** What Airflow does when a task begins, and when it fails. */
const worker = `
from types import SimpleNamespace
from client import tell_environment, tell_error

def load():
    raise KeyError("customer_id")

context = {"ti": SimpleNamespace(dag_id="etl", task_id="load", run_id="r1", try_number=2)}
tell_environment(context)
try:
    load()
except KeyError as error:
    tell_error({**context, "exception": error})
tell_error({**context, "exception": "killed from outside"})
`;

testWith('python3', 'the client in docs/PATTERNS.md tells environment and error to a Windsock with tokens', async (python) => {
  await using store = await createStore();
  const token = 'w'.repeat(20);
  const sources = sourcesWith({
    patterns: patternSources(store, () => ({ airflow: { name: 'main' }, redact: { personal_data: [], patterns: [] } })),
  });
  const config = httpConfig.parse({ host: '127.0.0.1', port: 0, tokens: [{ name: 'workers', token, scopes: ['write'] }] });
  const server = await listen(sources, config, keptLog().logger);
  const folder = await mkdtemp(join(tmpdir(), 'windsock-client-'));
  try {
    await writeFile(join(folder, 'client.py'), client);
    await writeFile(join(folder, 'worker.py'), worker);
    const env = {
      PATH: process.env['PATH'] ?? '',
      SIDECAR_URL: server.url.replace(/\/$/, ''),
      SIDECAR_TOKEN: token,
      TZ: 'UTC',
      NO_PROXY: '*',
    };
    await promisify(execFile)(python, [join(folder, 'worker.py')], { env });
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
  const { items } = await listClusters(store, 'main', {}, { after: null, limit: 10 });
  expect(items.map(({ cluster }) => cluster.type).sort()).toEqual(['KeyError', 'str']);
  const error = items.find(({ cluster }) => cluster.type === 'KeyError');
  const { members, reports } = await readCluster(store, 'main', error?.cluster.id ?? '');
  expect(members).toMatchObject([
    { frames: [expect.stringMatching(/worker\.py:<module>$/), expect.stringMatching(/worker\.py:load$/)] },
  ]);
  expect(reports).toMatchObject([{ dagId: 'etl', taskId: 'load', runId: 'r1', tryNumber: 2, environment: expect.any(String) }]);
  const environments = await store.query<{ facts: Record<string, string> }>('SELECT facts FROM environment');
  expect(environments).toMatchObject([
    { facts: { python: expect.stringMatching(/^3\./), 'variable.TZ': 'UTC', architecture: expect.any(String) } },
  ]);
  expect(await store.query('SELECT count(*) AS n FROM environment_host')).toEqual([{ n: 1 }]);
  expect(client.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});
