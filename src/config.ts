import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { airflowConfig } from './airflow/config.ts';
import { faultsOf, messageOf, suggestion, type Fault } from './config-faults.ts';
import { innermost, keysOf, schemaAt } from './config-keys.ts';
import { detectConfig } from './detect/config.ts';
import { httpConfig } from './http/config.ts';
import { incidentConfig } from './incident/config.ts';
import { explainConfig } from './explain/config.ts';
import { promptsConfig } from './explain/call/prompts-config.ts';
import { duration } from './lib/config-types.ts';
import { AppError } from './lib/errors.ts';
import { llmConfig } from './llm/config.ts';
import { measureConfig } from './measure/config.ts';
import { notifyConfig } from './notify/config.ts';
import { patternsConfig } from './patterns/config.ts';
import { slaConfig } from './sla/config.ts';
import { storeConfig } from './store/config.ts';
import { redactConfig } from './redact/config.ts';
import { reportConfig } from './report/config.ts';
import { serviceLinks } from './service-links.ts';
import { readSlaFile, withFileObjectives } from './sla-file.ts';
import { telemetryConfig } from './telemetry/config.ts';
import { codeOf, readYamlFile } from './yaml-file.ts';

/** The whole configuration: each room's slice under the room's name. */
export const configSchema = z
  .strictObject({
    interval: duration({ minMs: 1000, maxMs: 3_600_000 }).prefault('15s').describe('How often Airflow is read.'),
    history: duration({ minMs: 3_600_000 }).prefault('30d').describe('How far back history is read at the first start.'),
    airflow: airflowConfig,
    store: storeConfig,
    measure: measureConfig,
    detect: detectConfig,
    incident: incidentConfig,
    sla: slaConfig,
    llm: llmConfig,
    explain: explainConfig,
    prompts: promptsConfig,
    redact: redactConfig,
    patterns: patternsConfig,
    report: reportConfig,
    notify: notifyConfig,
    http: httpConfig,
    telemetry: telemetryConfig,
  })
  .brand<'Config'>();

export type Config = z.output<typeof configSchema>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of the command line and the tests, no keys of the file. */
const otherVariables = new Set(['WINDSOCK_CONFIG', 'WINDSOCK_AIRFLOW_HOME_CACHE']);

/**
 * The configuration of a YAML file (if any) and the environment, which wins. Every key has a variable, `WINDSOCK_` and its
 * path in capitals, and a twin that ends in `_FILE` and names a file holding the value. What is empty counts as not set.
 * `usual` are variables that count where neither says anything. Throws CONFIG with every fault at once; no message holds a
 * value.
 */
export function loadConfig(environment: Environment, file?: string, usual: Environment = {}): Config {
  const faults: Fault[] = [];
  const base: Tree = {};
  overlayEnvironment(base, usual, faults);
  const own = file === undefined ? {} : readYaml(file, faults);
  const tree = own && merged(base, own);
  overlayEnvironment(tree ?? {}, environment, faults);
  // Without any key of the one section that must be there, what is missing is still named by its own path.
  const parsed = tree && configSchema.safeParse({ airflow: {}, ...tree }, { error: messageOf });
  const objectives = readSlaFile(tree?.['sla'], file, faults);
  if (parsed?.success && faults.length === 0) {
    const all = withFileObjectives(parsed.data.sla, objectives, faults);
    if (faults.length === 0) return deepFreeze({ ...parsed.data, sla: all });
  }
  faults.push(...(parsed?.error?.issues ?? []).flatMap((issue) => faultsOf(issue, configSchema)));
  throw new AppError('CONFIG', told(faults));
}

const told = (faults: readonly Fault[]): string =>
  faults.length === 1
    ? `the configuration cannot be used: ${faults[0]?.where} ${faults[0]?.message}`
    : `the configuration has ${faults.length} faults:${faults.map(({ where, message }) => `\n  ${where} ${message}`).join('')}`;

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file's keys and values; undefined when it cannot be used, with the faults that say why. */
function readYaml(file: string, faults: Fault[]): Tree | undefined {
  const content = readYamlFile(file, faults);
  if (content === undefined) return undefined;
  const tree = withoutNulls(content.value ?? {});
  if (isTree(tree)) return tree;
  faults.push({ where: file, message: 'must hold keys and values, as docs/CONFIGURATION.md shows' });
  return undefined;
}

const merged = (base: Tree, over: Tree): Tree =>
  Object.entries(over).reduce((tree: Tree, [key, value]) => {
    const below = tree[key];
    return { ...tree, [key]: isTree(below) && isTree(value) ? merged(below, value) : value };
  }, base);

/** A section or key with nothing behind it is one whose lines are commented out; what is unknown stays, to be refused. */
function withoutNulls(value: unknown, path: readonly string[] = []): unknown {
  if (!isTree(value)) return value;
  const kept = Object.entries(value).flatMap(([key, below]) => {
    const here = [...path, key];
    return below === null && schemaAt(configSchema, here) ? [] : [[key, withoutNulls(below, here)]];
  });
  return Object.fromEntries(kept);
}

function overlayEnvironment(tree: Tree, environment: Environment, faults: Fault[]): void {
  const keys = new Map(keysOf(configSchema).map((key) => [key.variable, key]));
  const links = serviceLinks(environment);
  for (const [variable, value = ''] of Object.entries(environment)) {
    if (!variable.startsWith('WINDSOCK_') || value === '' || otherVariables.has(variable) || links.has(variable)) continue;
    const direct = keys.get(variable);
    const key = direct ?? keys.get(variable.replace(/_FILE$/, ''));
    if (key === undefined) {
      const known = [...keys.keys()].flatMap((name) => [name, `${name}_FILE`]);
      faults.push({ where: variable, message: `is no setting${suggestion(variable, known)}` });
    } else if (direct === undefined && (environment[key.variable] ?? '') !== '') {
      faults.push({ where: variable, message: `is set and so is ${key.variable}; keep one` });
    } else {
      const text = direct === undefined ? readSecret(variable, value, faults) : value;
      // An empty file is a secret that nobody filled in: like an empty variable.
      if (text !== undefined && text !== '') put(tree, key.path, coerce(text, key.schema));
    }
  }
}

function readSecret(variable: string, path: string, faults: Fault[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    faults.push({ where: variable, message: `names a file that cannot be read (${codeOf(error)})` });
    return undefined;
  }
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const below = tree[key];
  const next = isTree(below) ? below : {};
  tree[key] = next;
  put(next, rest, value);
}

/** Text of the environment as the key's type: numbers, booleans, and YAML for lists. */
function coerce(text: string, schema: z.ZodType): unknown {
  const inner = innermost(schema);
  if (inner instanceof z.ZodNumber) return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  if (inner instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (inner instanceof z.ZodArray || inner instanceof z.ZodRecord) {
    const document = parseDocument(text);
    return document.errors.length === 0 ? document.toJS() : text;
  }
  return text;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
