import type { Command } from 'commander';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createProgram } from '../../src/cli/program.ts';
import { keysOf } from '../../src/config-keys.ts';
import { configSchema } from '../../src/config.ts';
import { kinds } from '../../src/detect/kinds.ts';
import { families } from '../../src/measure/catalogue.ts';
import { askApp } from '../kit/http.ts';
import { breaches, documents, fences, read, root } from './documents.ts';

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');

const commands = new Map(createProgram({}).commands.map((command) => [command.name(), command]));

describe('what the documents name is there:', () => {
  test('files and folders', () => {
    const pattern = /(?:^|[\s"'(])((?:src|test|docs|bench|scripts|grafana|prometheus|alertmanager|deploy|\.ci)\/[\w./-]*)/g;
    const made = /^(?:docs\/(?:CONFIGURATION|METRICS)\.md|test-results)/;
    expect(breaches(pattern, (path) => made.test(path) || existsSync(join(root, path.replace(/\.$/, ''))))).toEqual([]);
  });

  test('targets of links, headings included', () => {
    const missing = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g)].flatMap(([, path = '', anchor]) => {
        const target = path === '' ? document : relative(root, resolve(root, dirname(document), path));
        if (!existsSync(join(root, target))) return [`${document}: ${path}`];
        if (anchor === undefined) return [];
        const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
        return headings.includes(anchor) ? [] : [`${document}: ${path}#${anchor}`];
      }),
    );
    const images = documents.flatMap((document) =>
      [...read(document).matchAll(/<(?:img|source)[^>]* (?:src|srcset)="(?!https?:)([^"]+)"/g)].map(
        ([, path = '']) => [document, path] as const,
      ),
    );
    expect(images.length).toBeGreaterThan(0);
    expect(images.filter(([document, path]) => !existsSync(resolve(root, dirname(document), path)))).toEqual([]);
    expect(missing).toEqual([]);
    expect(read('README.md')).toMatch(/\]\(docs\//);
  });

  test('npm scripts', () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
    expect(breaches(/\bnpm run ([\w:-]+)/g, (script) => script in scripts)).toEqual([]);
    expect(breaches(/\bnpm (test|start)\b/g, (script) => script in scripts)).toEqual([]);
    for (const command of Object.values(scripts)) {
      for (const [, file = ''] of command.matchAll(/\bnode (?:--\S+ )*(\S+)/g))
        expect(existsSync(join(root, file)), file).toBe(true);
    }
  });

  test('commands of windsock and their options', () => {
    const invoked = /(?:^|[&;|] *|= ?)(?:windsock|(?:\S+ )?src\/main\.ts) ([a-z]+(?: +[^|&;]*)?)/g;
    const known = (call: string): boolean => {
      const [name = '', ...words] = call.split(/\s+/);
      const command = commands.get(name);
      const inner: Command | undefined = command?.commands.find((each) => each.name() === words[0]) ?? command;
      const options = inner?.options.map(({ long }) => long);
      return words.every((word) => !word.startsWith('--') || options?.includes(word.split('=')[0])) && options !== undefined;
    };
    expect(breaches(invoked, known)).toEqual([]);
  });

  test('settings and their variables', () => {
    const keys = keysOf(configSchema);
    const paths = keys.map(({ path }) => path.join('.'));
    const sections = new Set(keys.flatMap(({ path }) => (path.length > 1 ? [path[0]] : [])));
    const variables = new Set(['WINDSOCK_CONFIG', ...keys.flatMap(({ variable }) => [variable, `${variable}_FILE`])]);
    const sectioned = new RegExp(String.raw`^((?:${[...sections].join('|')})\.[a-z_.]+)(?:$|: )`, 'g');
    expect(breaches(sectioned, (path) => paths.some((known) => known === path || known.startsWith(`${path}.`)))).toEqual([]);
    const others = new Set([
      'WINDSOCK_AIRFLOW_HOME_CACHE',
      ...[...read('.env.example').matchAll(/(WINDSOCK_\w+)=/g)].map(([, name]) => name),
    ]);
    // AIRFLOW_CONN_WINDSOCK is a connection of Airflow.
    expect(breaches(/(?<![A-Z_])(WINDSOCK_[A-Z_]*[A-Z])\b/g, (name) => variables.has(name) || others.has(name))).toEqual([]);
  });

  test('metrics, in queries and rules too', () => {
    const names = new Set<string>(Object.values(families).map(({ name }) => name));
    const known = (name: string) => names.has(name) || names.has(name.replace(/_(?:bucket|sum|count)$/, ''));
    expect(breaches(/^((?:airflow|windsock)_\w+[a-z])(?:\{.*\})?$/g, known)).toEqual([]);
    // In a query a metric is followed by its labels or a range, or is what a function is of.
    expect(breaches(/\b((?:airflow|windsock|rca)_\w+[a-z])(?=[{[)]| [<>=*/+-])/g, known)).toEqual([]);
  });

  // Behind the name of another host a path is that host's.
  test('paths of the API', async () => {
    const { paths } = (await (await askApp({}).ask('/openapi.json')).json()) as { paths: Record<string, object> };
    const known = Object.keys(paths).map((path) => path.split('/'));
    const isPath = (found: string): boolean => {
      const parts = found.replace(/\/$/, '').split('/');
      const fits = (part: string, index: number): boolean =>
        parts[index] === part || part.startsWith('{') || /^[{…]/.test(parts[index] ?? '');
      return known.some((path) => path.length >= parts.length && path.slice(0, parts.length).every(fits));
    };
    expect(breaches(/(?<!https?:\/\/(?!windsock|localhost|127\.)[\w.:-]+)(\/api\/v1(?:\/[\w{}…-]+)*)/g, isPath)).toEqual([]);
  });

  test('alerts', () => {
    const rules = readdirSync(join(root, 'prometheus/rules')).flatMap((file) =>
      [...read(`prometheus/rules/${file}`).matchAll(/alert: (\w+)/g)].map(([, name = '']) => name),
    );
    const alerts = new Set<string>([...Object.values(kinds).map(({ alertname }) => alertname), ...rules]);
    expect(
      breaches(
        /^((?:Airflow|Windsock)[A-Z][a-z]\w+)$/g,
        (name) => alerts.has(name) || [...alerts].filter((each) => each.startsWith(name)).length > 1,
      ),
    ).toEqual([]);
  });
});

test('each example of a configuration is one that Windsock takes', () => {
  const sections = Object.keys(configSchema.shape);
  const faults: string[] = [];
  let seen = 0;
  for (const { document, language, text } of fences) {
    if (language !== 'yaml') continue;
    const content: unknown = parse(withoutMargin(text));
    if (typeof content !== 'object' || content === null || !Object.keys(content).some((key) => sections.includes(key))) continue;
    seen += 1;
    const airflow = {
      database_url: 'postgresql://windsock@db.example/airflow',
      ...('airflow' in content ? (content.airflow as object) : {}),
    };
    const parsed = configSchema.safeParse({ ...content, airflow });
    if (!parsed.success) faults.push(`${document}: ${z.prettifyError(parsed.error)}`);
  }
  expect(seen).toBeGreaterThan(4);
  expect(faults).toEqual([]);
});

/** Of a fence in a list. */
function withoutMargin(text: string): string {
  const margin = Math.min(...[...text.matchAll(/^( *)\S/gm)].map(([, spaces = '']) => spaces.length));
  return text.replaceAll(new RegExp(`^ {${margin}}`, 'gm'), '');
}

test('each message of docs/TROUBLESHOOTING.md is one that Windsock, or Node.js, says', () => {
  const said = [...sourcesUnder('src'), 'Unknown file extension ".ts"'].join('\n');
  const table = read('docs/TROUBLESHOOTING.md').split('## It runs, but')[0] ?? '';
  const messages = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, message = '']) => message);
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !message.split('…').every((part) => said.includes(part.trim())))).toEqual([]);
});

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
}

test('docs/README.md leads to every document', () => {
  const index = read('docs/README.md');
  const all = documents.flatMap((document) => (/^docs\/(?!README)/.test(document) ? [document.slice('docs/'.length)] : []));
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter((file) => !index.includes(`](${file})`))).toEqual([]);
});

test('the alerts about Airflow, each of them, stand in docs/ALERTING.md', () => {
  const told = [...read('docs/ALERTING.md').matchAll(/^\| `(Airflow\w+)` \|/gm)].map(([, name]) => name);
  expect(told).toHaveLength(new Set(told).size);
  expect(new Set(told)).toEqual(new Set(Object.values(kinds).map(({ alertname }) => alertname)));
});

test('what docs/OPERATIONS.md repeats stands where it comes from', () => {
  const operations = read('docs/OPERATIONS.md');
  const limit = /CONNECTION LIMIT (\d+)/.exec(read('docs/airflow-role.sql'))?.[1];
  expect(operations).toContain(`The role's limit is ${limit},`);
  const table = /\| memory, the demo[\s\S]+?\n\n/.exec(operations)?.[0] ?? '';
  const results = read('docs/BENCHMARKS.md').replaceAll(',', '');
  const figures = [...table.replaceAll(',', '').matchAll(/([\d.]+) (MB|kB|ms|s of|series|in the median)/g)];
  expect(figures.length).toBeGreaterThan(7);
  const measured = [...results.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => number);
  const isThere = (figure: string) =>
    measured.some((number) => number === figure || String(Math.round(Number(number))) === figure);
  expect(figures.map(([, figure = '']) => figure).filter((figure) => !isThere(figure))).toEqual([]);
});

test("README's list of commands is what windsock has", () => {
  const told = [...read('README.md').matchAll(/^\| `windsock (\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(told)).toEqual(new Set(commands.keys()));
});
