import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig, type Config } from '../src/config.ts';
import { createReload, keepFixed } from '../src/reload.ts';
import { AppError } from '../src/lib/errors.ts';
import { keptLog } from './kit/http.ts';

const config = (variables: Record<string, string> = {}): Config =>
  loadConfig({ WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://reader:x@db/airflow', ...variables });

test.each([
  ['WINDSOCK_HTTP_PORT', '9000', 'http.port'],
  ['WINDSOCK_HTTP_HOST', '127.0.0.1', 'http.host'],
  ['WINDSOCK_AIRFLOW_NAME', 'other', 'airflow.name'],
  ['WINDSOCK_STORE_DATA_DIR', '/elsewhere', 'store'],
  ['WINDSOCK_TELEMETRY_LOG_LEVEL', 'debug', 'telemetry'],
])('%s=%s takes effect at the next start only, which is said', (variable, value, key) => {
  const current = config();
  const { config: kept, needsRestart } = keepFixed(current, config({ [variable]: value, WINDSOCK_INTERVAL: '30s' }));
  expect(needsRestart).toEqual([key]);
  expect(kept).toEqual({ ...current, interval: 30_000 });
});

test('everything else takes effect', () => {
  const next = config({
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://reader:y@db/airflow',
    WINDSOCK_HTTP_WEB_CONFIG_FILE: 'web.yml',
    WINDSOCK_MEASURE_SERIES_BUDGET: '1000',
  });
  expect(keepFixed(config(), next)).toEqual({ config: next, needsRestart: [] });
});

function reloadOf(reread: () => Config, apply: (next: Config) => Promise<void>) {
  let current = config();
  const { logger, lines } = keptLog();
  const applied = async (next: Config) => {
    await apply(next);
    current = next;
  };
  const told: boolean[] = [];
  const report = (ok: boolean) => void told.push(ok);
  return {
    reload: createReload({ current: () => current, reread, apply: applied, logger, report }),
    lines,
    told,
    now: () => current,
  };
}

test('a bad configuration changes nothing, and its faults are told', async () => {
  let applied = 0;
  const bad = () => config({ WINDSOCK_INTERVAL: 'soon' });
  const { reload, lines, told, now } = reloadOf(bad, async () => void (applied += 1));
  expect(await reload()).toEqual({ ok: false, message: expect.stringContaining('interval') });
  expect(applied).toBe(0);
  expect(now()).toEqual(config());
  expect(lines.join()).toContain('the old configuration stays in force');
  expect(told).toEqual([false]);
});

test('a bad SLA file leaves the old SLAs in force, and each of its faults is told with its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-reload-'));
  try {
    const file = join(folder, 'windsock.yml');
    writeFileSync(file, 'airflow: {database_url: "postgresql://reader:x@db/airflow"}\nsla: {file: slas.yml}\n');
    const put = (text: string): void => writeFileSync(join(folder, 'slas.yml'), text);
    put('- {name: runs, kind: success_ratio, objective: 99%}\n');
    const read = () => loadConfig({}, file);
    let current = read();
    const { logger } = keptLog();
    const apply = async (next: Config) => void (current = next);
    const reload = createReload({ current: () => current, reread: read, apply, logger, report: () => {} });

    put(
      '- {name: runs, kind: success_ratio, objective: 110%}\n- {name: fresh, kind: freshness}\n- {name: due, kind: deadline, by: "06:00", time_zone: Mars/Olympus}\n',
    );
    const refused = await reload();
    expect(refused).toMatchObject({ ok: false });
    const message = refused.ok ? '' : refused.message;
    for (const fault of ['slas.yml [0].objective', 'slas.yml [1].threshold', 'slas.yml [2].time_zone is no IANA time zone'])
      expect(message).toContain(fault);
    expect(current.sla.objectives.map(({ name }) => name)).toEqual(['runs']);

    put('- {name: runs, kind: success_ratio, objective: 98%}\n- {name: fresh, kind: freshness, threshold: 1h}\n');
    expect(await reload()).toEqual({ ok: true, needsRestart: [] });
    expect(current.sla.objectives.map(({ name, objective }) => [name, objective])).toEqual([
      ['runs', 0.98],
      ['fresh', 0.99],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('one that cannot be put into force is refused, and the next one works', async () => {
  let bad = true;
  const { reload, now } = reloadOf(
    () => config({ WINDSOCK_INTERVAL: '20s' }),
    async () => {
      if (bad) throw new AppError('CONFIG', 'http.web_config_file: there is no web.yml');
    },
  );
  expect(await reload()).toEqual({ ok: false, message: 'http.web_config_file: there is no web.yml' });
  expect(now().interval).toBe(15_000);
  bad = false;
  expect(await reload()).toEqual({ ok: true, needsRestart: [] });
  expect(now().interval).toBe(20_000);
});

test('reloads asked for at once are done one after the other', async () => {
  let running = 0;
  let most = 0;
  const { reload } = reloadOf(
    () => config(),
    async () => {
      most = Math.max(most, (running += 1));
      await new Promise((done) => setImmediate(done));
      running -= 1;
    },
  );
  const results = await Promise.all([reload(), reload(), reload()]);
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(most).toBe(1);
});
