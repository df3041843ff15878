import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../../src/cli/program.ts';
import { keysOf } from '../../src/config-keys.ts';
import { configSchema } from '../../src/config.ts';
import { kinds } from '../../src/detect/kinds.ts';
import { families } from '../../src/measure/catalogue.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
  'test/airflow/README.md',
];

/** What a document sets apart as code: words between backticks, and the lines of fenced blocks. */
function codeOf(text: string): string[] {
  const fences = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const rest = text.replaceAll(/^ *```\w*\n[\s\S]*?^ *```/gm, '');
  return [...fences, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)].map((code) => code.replace(/ # .*/, ''));
}

const code = new Map(documents.map((document) => [document, codeOf(read(document))]));

/** Every match of `pattern` in the code of all documents, as `document: match`, that `holds` refuses; fails when it sees none. */
function breaches(pattern: RegExp, holds: (found: string, document: string) => boolean): string[] {
  let seen = 0;
  const found: string[] = [];
  for (const [document, pieces] of code) {
    for (const piece of pieces) {
      for (const [, match = ''] of piece.matchAll(pattern)) {
        seen += 1;
        if (!holds(match, document)) found.push(`${document}: ${match}`);
      }
    }
  }
  expect(seen).toBeGreaterThan(0);
  return found;
}

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
      const options = commands.get(name)?.options.map(({ long }) => long);
      return words.every((word) => !word.startsWith('--') || options?.includes(word.split('=')[0])) && options !== undefined;
    };
    expect(breaches(invoked, known)).toEqual([]);
  });

  test('settings and their variables', () => {
    const keys = keysOf(configSchema);
    const paths = keys.map(({ path }) => path.join('.'));
    const sections = new Set(keys.flatMap(({ path }) => (path.length > 1 ? [path[0]] : [])));
    const variables = new Set(['WINDSOCK_CONFIG', ...keys.flatMap(({ variable }) => [variable, `${variable}_FILE`])]);
    const sectioned = new RegExp(String.raw`^((?:${[...sections].join('|')})\.[a-z_.]+)$`, 'g');
    expect(breaches(sectioned, (path) => paths.some((known) => known === path || known.startsWith(`${path}.`)))).toEqual([]);
    const ofTests = new Set(['WINDSOCK_AIRFLOW_HOME_CACHE']);
    expect(breaches(/\b(WINDSOCK_[A-Z_]*[A-Z])\b/g, (name) => variables.has(name) || ofTests.has(name))).toEqual([]);
  });

  test('metrics', () => {
    const names = new Set<string>(Object.values(families).map(({ name }) => name));
    expect(breaches(/^((?:airflow|windsock)_\w+[a-z])(?:\{.*\})?$/g, (name) => names.has(name))).toEqual([]);
  });
});

test('the alerts about Airflow, each of them, stand in docs/ALERTING.md', () => {
  const told = [...read('docs/ALERTING.md').matchAll(/^\| `(Airflow\w+)` \|/gm)].map(([, name]) => name);
  expect(told).toHaveLength(new Set(told).size);
  expect(new Set(told)).toEqual(new Set(Object.values(kinds).map(({ alertname }) => alertname)));
});

test("README's list of commands is what windsock has", () => {
  const told = [...read('README.md').matchAll(/^\| `windsock (\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(told)).toEqual(new Set(commands.keys()));
});
