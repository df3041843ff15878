import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { errorReport, exitCodeOf } from '../src/cli/exit-codes.ts';
import { keysOf } from '../src/config-keys.ts';
import { configSchema, loadConfig, type Config, type Environment } from '../src/config.ts';
import { AppError } from '../src/lib/errors.ts';
import { providerNames } from '../src/llm/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(text: string): string {
  files += 1;
  const path = join(folder, `${files}.yml`);
  writeFileSync(path, text);
  return path;
}

const canary = ['hunter', '2', 'hunter', '2hunter', '2'].join('');
const url = `postgresql://windsock:${canary}@db.example/airflow`;
const enough: Environment = { WINDSOCK_AIRFLOW_DATABASE_URL: url };

const load = (yaml: string | undefined, environment: Environment = {}): Config =>
  loadConfig(environment, yaml === undefined ? undefined : fileOf(yaml));

/** The faults of a refused configuration, a line each, without the file's folder. */
function refusal(yaml: string | undefined, environment: Environment): string {
  try {
    load(yaml, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(exitCodeOf(error)).toBe(2);
    return errorReport(error).replaceAll(new RegExp(`${folder}/\\d+`, 'g'), 'windsock');
  }
  throw new Error('the configuration was accepted');
}

describe('what is taken', () => {
  test('the URL of the Airflow database is enough, and everything else has its default', () => {
    const config = load(undefined, enough);
    expect(config.airflow).toMatchObject({ database_url: url, name: 'airflow', connect_timeout: 5000 });
    expect(config).toMatchObject({ interval: 15_000, store: { data_dir: './windsock-data' }, http: { port: 9112, tokens: [] } });
    expect(config.store.database_url).toBeUndefined();
  });

  test('no other key is required', () => {
    const parsed = configSchema.safeParse({ airflow: {} });
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['airflow.database_url']);
  });

  test('what is usual counts where neither file nor environment says anything, key by key', () => {
    const usual = {
      WINDSOCK_INTERVAL: '5s',
      WINDSOCK_AIRFLOW_NAME: 'demo',
      WINDSOCK_DETECT_LATE_AFTER: '3m',
      WINDSOCK_HTTP_PORT: '1',
    };
    const yaml = 'interval: 20s\ndetect: {stuck_after: 1m}';
    const config = loadConfig({ ...enough, WINDSOCK_HTTP_PORT: '2' }, fileOf(yaml), usual);
    expect(config).toMatchObject({ interval: 20_000, airflow: { name: 'demo', database_url: url }, http: { port: 2 } });
    expect(config.detect).toMatchObject({ stuck_after: 60_000, late_after: 180_000 });
    expect(loadConfig(enough, undefined, usual).interval).toBe(5000);
  });

  test('the environment wins over the file, key by key', () => {
    const yaml = 'interval: 20s\nairflow: {name: file, connect_timeout: 2s}\nhttp: {port: 1}';
    const config = load(yaml, { ...enough, WINDSOCK_AIRFLOW_NAME: 'environment', WINDSOCK_HTTP_PORT: '0' });
    expect(config.airflow).toMatchObject({ name: 'environment', connect_timeout: 2000 });
    expect(config).toMatchObject({ interval: 20_000, http: { port: 0 } });
  });

  test('every key can be set by its variable', () => {
    const valid: Record<string, string> = {
      interval: '1s',
      history: '2h',
      'airflow.database_url': 'postgres://a/b',
      'airflow.base_url': 'https://a.example',
      'airflow.logs.rest.url': 'https://a.example',
      'airflow.logs.rest.username': 'u',
      'airflow.logs.rest.password': canary,
      'airflow.logs.rest.token': canary,
      'notify.public_url': 'https://w.example',
      'notify.grafana_url': 'https://g.example',
      'notify.alertmanager.timeout': '20s',
      'notify.slack.bot_token': `xoxb-${canary}`,
      'notify.slack.channel': 'C0123456789',
      'notify.slack.direct': 'true',
      'notify.slack.timeout': '20s',
      'notify.slack.fallback_channel': 'C0123456780',
      'notify.slack.routes': '[{teams: [data], channel: C0123456789}]',
      'notify.slack.api_url': 'https://slack-gov.com/api/',
      'notify.alertmanager.urls': '["http://am:9093"]',
      'notify.alertmanager.headers': '{X-Scope-OrgID: a}',
      'store.database_url': 'postgresql+asyncpg://a/c',
      'llm.providers': '[ollama]',
      'llm.prices': '{m: {input: 1, output: 2}}',
      'llm.embeddings.provider': 'ollama',
      ...Object.fromEntries(providerNames.map((name) => [`llm.${name}.base_url`, 'https://llm.example'])),
      ...Object.fromEntries(providerNames.map((name) => [`llm.${name}.headers`, '{X-Team: a}'])),
      'llm.ollama.context_tokens': '4096',
      'redact.personal_data': '[email]',
      'redact.patterns': '[{name: customer, pattern: CUST}]',
      'explain.rules': '[{name: ours, when: {text: [x]}, category: unknown, cause: a}]',
      'explain.runbooks': '[{url: "https://wiki.example/a"}]',
      'measure.series_budget': '1000',
      'http.port': '65535',
      'http.tokens': `[{name: a, token: ${canary}}]`,
      'telemetry.log.level': 'warn',
      'telemetry.log.format': 'json',
      'sla.objectives': '[{name: a, kind: success_ratio}]',
      'sla.file': fileOf('[]'),
      'patterns.schedule': '30 */2 * * *',
      'report.time_zone': 'Europe/Berlin',
      ...Object.fromEntries(['daily', 'weekly'].map((kind) => [`report.${kind}.schedule`, '0 7 * * *'])),
      ...Object.fromEntries(['daily', 'weekly'].map((kind) => [`report.${kind}.channel`, 'C0123456789'])),
      'patterns.embedding_similarity': '0.8',
    };
    const untouched = load(undefined, enough);
    const at = (from: Config, path: readonly string[]): unknown =>
      path.reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], from);
    const candidates = [
      '10000ms',
      '3601s',
      '11',
      '0.3',
      'true',
      'false',
      '[trend]',
      '{trend: error}',
      '[{sensitivity: 2}]',
      '[{name: night, from: "22:00", to: "06:00"}]',
      '[{ticket: OPS-1, expires: "2030-01-01T00:00:00Z"}]',
      '[{owners: [data]}]',
      '{data: {owners: [data]}}',
      '"{log_context}"',
      '[{log_context: a, extracted_response: b}]',
      'some-text',
    ];
    const differs = ({ path, variable }: { path: string[]; variable: string }, text: string): boolean => {
      try {
        return !isDeepStrictEqual(at(load(undefined, { ...enough, [variable]: text }), path), at(untouched, path));
      } catch {
        return false;
      }
    };
    const set = keysOf(configSchema).map((key) => [
      key.variable,
      valid[key.path.join('.')] ?? candidates.find((text) => differs(key, text)),
    ]);
    const config = load(undefined, Object.fromEntries(set));
    for (const { path } of keysOf(configSchema)) expect(at(config, path), path.join('.')).not.toEqual(at(untouched, path));
  });

  test('a _FILE variable names a file whose value is taken without the line break at its end', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${url}\r\n`);
    expect(load(undefined, { WINDSOCK_AIRFLOW_DATABASE_URL_FILE: file }).airflow.database_url).toBe(url);
    writeFileSync(file, `- {name: grafana, token: ${canary}, scopes: [read, write]}\n`);
    expect(load(undefined, { ...enough, WINDSOCK_HTTP_TOKENS_FILE: file }).http.tokens).toEqual([
      { name: 'grafana', token: canary, scopes: ['read', 'write'] },
    ]);
  });

  test('a secret whose file is empty, as in a Secret that is filled in in part, counts as not set', () => {
    const file = join(folder, 'empty');
    for (const content of ['', '\n', '\r\n']) {
      writeFileSync(file, content);
      const config = load(undefined, {
        ...enough,
        WINDSOCK_HTTP_TOKENS_FILE: file,
        WINDSOCK_HTTP_WEBHOOKS_ALERTMANAGER_SECRET_FILE: file,
        WINDSOCK_NOTIFY_SLACK_BOT_TOKEN_FILE: file,
        WINDSOCK_NOTIFY_SLACK_SIGNING_SECRET_FILE: file,
        WINDSOCK_STORE_DATABASE_URL_FILE: file,
      });
      expect(config).toEqual(load(undefined, enough));
      expect(() => load(undefined, { WINDSOCK_AIRFLOW_DATABASE_URL_FILE: file })).toThrow(/airflow\.database_url .*is missing/);
    }
  });

  test('sections and keys with nothing behind them count as not set, and so do empty variables', () => {
    const yaml = 'store:\n  # data_dir: x\nairflow:\n  schema:\n  name: mine\nhttp: {port: }';
    const config = load(yaml, { ...enough, WINDSOCK_HTTP_PORT: '', WINDSOCK_AIRFLOW_NAME: '', WINDSOCK_INTERVALL: '' });
    expect(config).toMatchObject({ airflow: { name: 'mine' }, http: { port: 9112 } });
    expect(load('', enough).interval).toBe(15_000);
    expect(load(undefined, { ...enough, WINDSOCK_STORE_DATABASE_URL: '', WINDSOCK_STORE_DATABASE_URL_FILE: '' }).interval).toBe(
      15_000,
    );
  });

  test.each([
    ['postgresql+psycopg2://u:p@h/d?sslmode=require', 'postgresql://u:p@h/d?sslmode=require'],
    ['POSTGRES://h/d', 'postgresql://h/d'],
    [' postgres://h/d\t', 'postgresql://h/d'],
    ['postgresql:///airflow?host=/var/run/postgresql', 'postgresql:///airflow?host=/var/run/postgresql'],
    ['postgresql://u:a%2Fb%40@h/d', 'postgresql://u:a%2Fb%40@h/d'],
  ])('the database URL %s is understood', (given, taken) => {
    expect(load(undefined, { WINDSOCK_AIRFLOW_DATABASE_URL: given }).airflow.database_url).toBe(taken);
  });

  test.each([
    ['1s', 1000],
    ['1500ms', 1500],
    ['1h', 3_600_000],
    ['59m60s', 3_600_000],
  ])('the interval %s is %i ms: both bounds are allowed', (text, ms) => {
    expect(load(`interval: ${text}`, enough).interval).toBe(ms);
  });

  test('nothing can change a configuration once it is read', () => {
    const config = load(undefined, enough);
    expect(() => Object.assign(config.airflow, { name: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.http.tokens, { 0: 'x' })).toThrow(TypeError);
  });

  test("what other programs' variables say is not looked at", () => {
    expect(load(undefined, { ...enough, AIRFLOW_HOME: '/x', PATH: '/bin', WINDSOCKS: '2' }).interval).toBe(15_000);
  });

  /** What Kubernetes gives every pod for a Service with one port called http. */
  const linksOf = (service: string): Environment => ({
    [`${service}_SERVICE_HOST`]: '10.0.0.1',
    [`${service}_SERVICE_PORT`]: '9112',
    [`${service}_SERVICE_PORT_HTTP`]: '9112',
    [`${service}_PORT`]: 'tcp://10.0.0.1:9112',
    [`${service}_PORT_9112_TCP`]: 'tcp://10.0.0.1:9112',
    [`${service}_PORT_9112_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_9112_TCP_PORT`]: '9112',
    [`${service}_PORT_9112_TCP_ADDR`]: '10.0.0.1',
  });

  test.each(['WINDSOCK', 'WINDSOCK_METRICS', 'WINDSOCK_HTTP'])(
    'what Kubernetes tells of a Service %s of ours is no setting, and stops nothing',
    (service) => {
      expect(load(undefined, { ...enough, ...linksOf(service) }).http.port).toBe(9112);
    },
  );

  test('beside a Service of that name a setting is still one, and a misspelt one is still refused', () => {
    const settings = { ...enough, ...linksOf('WINDSOCK_HTTP'), ...linksOf('WINDSOCK') };
    expect(load(undefined, { ...settings, WINDSOCK_HTTP_PORT: '80' }).http.port).toBe(80);
    expect(refusal(undefined, { ...settings, WINDSOCK_HTTP_PROT: '80' })).toContain('WINDSOCK_HTTP_PROT is no setting');
    expect(refusal(undefined, { ...enough, WINDSOCK_SERVICE_PORT: '9112' })).toContain('WINDSOCK_SERVICE_PORT is no setting');
  });
});

describe('what is refused, and what a person reads', () => {
  const one = 'windsock: the configuration cannot be used: ';

  test.each<[string | undefined, Environment, string]>([
    [undefined, {}, 'airflow.database_url is missing; set it in the file or as WINDSOCK_AIRFLOW_DATABASE_URL'],
    ['airflow:', {}, 'airflow.database_url is missing; set it in the file or as WINDSOCK_AIRFLOW_DATABASE_URL'],
    [
      undefined,
      { WINDSOCK_AIRFLOW_DATABASE_URL: `mysql+pymysql://airflow:${canary}@db/airflow` },
      'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) is a MySQL URL; Windsock works with PostgreSQL only',
    ],
    [
      undefined,
      { WINDSOCK_AIRFLOW_DATABASE_URL: 'sqlite:////root/airflow.db' },
      'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) is a SQLite URL; Windsock works with PostgreSQL only',
    ],
    [
      undefined,
      { ...enough, WINDSOCK_STORE_DATABASE_URL: `mysql://root:${canary}@db/w` },
      'store.database_url (WINDSOCK_STORE_DATABASE_URL) is a MySQL URL; Windsock works with PostgreSQL only',
    ],
    [
      undefined,
      { WINDSOCK_AIRFLOW_DATABASE_URL: canary },
      'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) is no PostgreSQL URL; it must begin with postgresql:// (docs/CONFIGURATION.md shows one)',
    ],
    [
      undefined,
      { WINDSOCK_AIRFLOW_DATABASE_URL: `postgres://u:${canary}/x@db/airflow` },
      'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) cannot be parsed; percent-encode special characters in user and password (@ is %40, / is %2F, ? is %3F)',
    ],
    [
      undefined,
      { WINDSOCK_AIRFLOW_DATABASE_URL: `postgres://u:12?${canary}@db/airflow` },
      'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) cannot be parsed; percent-encode special characters in user and password (@ is %40, / is %2F, ? is %3F)',
    ],
    ['interval: 999ms', enough, 'interval (WINDSOCK_INTERVAL) is out of bounds; allowed: 1s to 1h'],
    ['interval: 1h1ms', enough, 'interval (WINDSOCK_INTERVAL) is out of bounds; allowed: 1s to 1h'],
    ['interval: 15', enough, 'interval (WINDSOCK_INTERVAL) is no duration; write for instance 15s, 5m, 1h30m or 30d'],
    ['interval: 15 s', enough, 'interval (WINDSOCK_INTERVAL) is no duration; write for instance 15s, 5m, 1h30m or 30d'],
    [
      `detect: { z_score: { min_excess: ${'9'.repeat(20)}d } }`,
      enough,
      'detect.z_score.min_excess (WINDSOCK_DETECT_Z_SCORE_MIN_EXCESS) is too long',
    ],
    ['history: 59m', enough, 'history (WINDSOCK_HISTORY) is out of bounds; allowed: at least 1h'],
    ['http: {port: 65536}', enough, 'http.port (WINDSOCK_HTTP_PORT) must be at most 65535'],
    [undefined, { ...enough, WINDSOCK_HTTP_PORT: '-1' }, 'http.port (WINDSOCK_HTTP_PORT) must be at least 0'],
    [undefined, { ...enough, WINDSOCK_HTTP_PORT: 'http' }, 'http.port (WINDSOCK_HTTP_PORT) must be a number'],
    ['measure: {series_budget: 1000.5}', enough, 'measure.series_budget (WINDSOCK_MEASURE_SERIES_BUDGET) must be a whole number'],
    ['measure: {series_budget: 999}', enough, 'measure.series_budget (WINDSOCK_MEASURE_SERIES_BUDGET) must be at least 1000'],
    ['airflow: {name: ""}', enough, 'airflow.name (WINDSOCK_AIRFLOW_NAME) must not be empty'],
    [`airflow: {name: ${'x'.repeat(101)}}`, enough, 'airflow.name (WINDSOCK_AIRFLOW_NAME) must have at most 100 characters'],
    ['airflow: {name: 5}', enough, 'airflow.name (WINDSOCK_AIRFLOW_NAME) must be a text; put it in quotes'],
    [
      'airflow: {base_url: airflow.example}',
      enough,
      'airflow.base_url (WINDSOCK_AIRFLOW_BASE_URL) is no URL; write for instance https://airflow.example',
    ],
    [
      'telemetry: {log: {level: loud}}',
      enough,
      'telemetry.log.level (WINDSOCK_TELEMETRY_LOG_LEVEL) must be one of debug, info, warn, error',
    ],
    ['http: [port]', enough, 'http must hold keys and values'],
    [`airflow: ${canary}`, {}, 'airflow must hold keys and values'],
    [undefined, { ...enough, WINDSOCK_HTTP_TOKENS: canary }, 'http.tokens (WINDSOCK_HTTP_TOKENS) must be a list'],
    [
      undefined,
      { ...enough, WINDSOCK_HTTP_TOKENS: `[{name: a, token: ${canary}` },
      'http.tokens (WINDSOCK_HTTP_TOKENS) must be a list',
    ],
    [
      `http: {tokens: [{name: a, token: ${canary.slice(0, 15)}}]}`,
      enough,
      'http.tokens[0].token (WINDSOCK_HTTP_TOKENS) must have at least 16 characters',
    ],
    [
      `http: {tokens: [{name: a, token: ${canary}, scopes: [admin]}]}`,
      enough,
      'http.tokens[0].scopes[0] (WINDSOCK_HTTP_TOKENS) must be one of read, write',
    ],
    [`http: {tokens: [{token: ${canary}}]}`, enough, 'http.tokens[0].name (WINDSOCK_HTTP_TOKENS) is missing'],
    [
      `http: {tokens: [{name: a, token: ${canary}, scope: read}]}`,
      enough,
      'http.tokens[0].scope is no setting; did you mean scopes?',
    ],
    ['intervall:', enough, 'intervall is no setting; did you mean interval?'],
    ['intervall: 15s', enough, 'intervall is no setting; did you mean interval?'],
    ['http: {prot: 1}', enough, 'http.prot is no setting; did you mean port?'],
    ['pagerduty: {}', enough, 'pagerduty is no setting; docs/CONFIGURATION.md lists them all'],
    [
      `store:\n  ? ${url}\n`,
      enough,
      'store.postgresql://windsock:[redacted]@db.example/airflow is no setting; docs/CONFIGURATION.md lists them all',
    ],
    [undefined, { ...enough, WINDSOCK_HTTP_PROT: '1' }, 'WINDSOCK_HTTP_PROT is no setting; did you mean WINDSOCK_HTTP_PORT?'],
    [
      undefined,
      { ...enough, WINDSOCK_AIRFLOW_DATABASE_ULR_FILE: '/x' },
      'WINDSOCK_AIRFLOW_DATABASE_ULR_FILE is no setting; did you mean WINDSOCK_AIRFLOW_DATABASE_URL_FILE?',
    ],
    [undefined, { ...enough, WINDSOCK_HTTP: canary }, 'WINDSOCK_HTTP is no setting; docs/CONFIGURATION.md lists them all'],
    [
      undefined,
      { ...enough, WINDSOCK_AIRFLOW_DATABASE_URL_FILE: '/x' },
      'WINDSOCK_AIRFLOW_DATABASE_URL_FILE is set and so is WINDSOCK_AIRFLOW_DATABASE_URL; keep one',
    ],
    [
      undefined,
      { ...enough, WINDSOCK_INTERVAL_FILE: `/nowhere/${canary}` },
      'WINDSOCK_INTERVAL_FILE names a file that cannot be read (ENOENT)',
    ],
    ['- interval', enough, 'windsock.yml must hold keys and values, as docs/CONFIGURATION.md shows'],
    [canary, enough, 'windsock.yml must hold keys and values, as docs/CONFIGURATION.md shows'],
    [`interval: 15s\nhttp: [${canary}`, enough, 'windsock.yml, line 2 is no YAML: bad indent'],
    [`airflow:\n\tname: ${canary}`, enough, 'windsock.yml, line 2 is no YAML: tab as indent'],
    [`interval: 15s\ninterval: ${canary}`, enough, 'windsock.yml, line 2 is no YAML: duplicate key'],
    [`airflow: *${canary}`, enough, 'windsock.yml is no YAML: an alias names no anchor'],
  ])('%j with %j', (yaml, environment, message) => {
    const told = refusal(yaml, environment);
    expect(told).toBe(`${one}${message}`);
    expect(told).not.toContain(canary.slice(0, 15));
  });

  test('every fault is told at once, of the file and of the environment', () => {
    const yaml = `interval: 1\nhttp: {port: 70000, host: 7}\nmeasure: {series_budget: low}\nunknown: ${canary}`;
    expect(
      refusal(yaml, { WINDSOCK_HISTORY: '1', WINDSOCK_TELEMETRY_LOG_LEVEL: 'x', WINDSOCK_NAME: canary }).split('\n'),
    ).toEqual([
      'windsock: the configuration has 9 faults:',
      '  WINDSOCK_NAME is no setting; docs/CONFIGURATION.md lists them all',
      '  interval (WINDSOCK_INTERVAL) is no duration; write for instance 15s, 5m, 1h30m or 30d',
      '  history (WINDSOCK_HISTORY) is no duration; write for instance 15s, 5m, 1h30m or 30d',
      '  airflow.database_url is missing; set it in the file or as WINDSOCK_AIRFLOW_DATABASE_URL',
      '  measure.series_budget (WINDSOCK_MEASURE_SERIES_BUDGET) must be a number',
      '  http.host (WINDSOCK_HTTP_HOST) must be a text; put it in quotes',
      '  http.port (WINDSOCK_HTTP_PORT) must be at most 65535',
      '  telemetry.log.level (WINDSOCK_TELEMETRY_LOG_LEVEL) must be one of debug, info, warn, error',
      '  unknown is no setting; docs/CONFIGURATION.md lists them all',
    ]);
  });

  test('faults of the environment are told beside those of a file that is no YAML', () => {
    expect(refusal('a: [\nb: {', { WINDSOCK_NAME: 'x' }).split('\n').length).toBeGreaterThan(2);
    expect(refusal('a: [', { WINDSOCK_NAME: 'x' })).toContain('WINDSOCK_NAME is no setting');
  });

  test.each([
    ['is not there', '/nowhere/windsock.yml', 'ENOENT'],
    ['is a folder', folder, 'EISDIR'],
  ])('a file that %s is named with the reason', (_what, path, code) => {
    expect(() => loadConfig(enough, path)).toThrow(`the configuration cannot be used: ${path} cannot be read (${code})`);
  });
});
