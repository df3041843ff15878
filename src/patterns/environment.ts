import { createHash } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import type { Redactor } from '../redact/redactor.ts';
import { namesSecret } from '../redact/secret-names.ts';

/** An environment as a worker tells it. */
export interface GivenEnvironment {
  python?: string | undefined;
  os?: string | undefined;
  architecture?: string | undefined;
  /** By name, or as specifiers: `pandas==2.2.1`. */
  packages?: Readonly<Record<string, string>> | readonly string[] | undefined;
  variables?: Readonly<Record<string, string>> | undefined;
}

/** An environment as it is kept. */
export interface Environment {
  /** Of the facts, 40 hexadecimal digits. */
  hash: string;
  /** By key: `python`, `os`, `architecture`, `package.pandas`, `variable.TZ`. */
  facts: Readonly<Record<string, string>>;
}

export const packagesMax = 2000;
export const variablesMax = 500;
const valueLengthMax = 200;

/** What differs from process to process, and says nothing of the environment. */
const passing =
  /^(?:AIRFLOW_CTX_|AIRFLOW_CONN_|AIRFLOW_VAR_|KUBERNETES_|SSH_)|^(?:HOSTNAME|PWD|OLDPWD|SHLVL|TERM|COLUMNS|LINES|_)$|_(?:PID|PORT)$/;

const specifier =
  /^([A-Za-z0-9](?:[\w.-]{0,98}[A-Za-z0-9])?)\s{0,5}(?:\[[^\]]{0,200}\])?\s{0,5}(?:(===?|~=|!=|<=?|>=?|@)\s{0,5}(\S.{0,400}))?$/;

/**
 * What is kept of an environment: names of packages as PyPI compares them, no variable whose name holds a secret, values redacted
 * and cut to 200 characters. Throws INVALID for what is no specifier.
 */
export function environmentOf(given: GivenEnvironment, redactor: Redactor): Environment {
  const facts = new Map<string, string>();
  const add = (key: string, value: string | undefined): void => {
    if (value !== undefined && value.trim() !== '') facts.set(key, value.trim());
  };
  add('python', given.python);
  add('os', given.os);
  add('architecture', given.architecture);
  for (const [name, version] of packagesOf(given.packages ?? {})) add(`package.${name}`, version);
  for (const [name, value] of Object.entries(given.variables ?? {}))
    if (!namesSecret(name) && !passing.test(name)) add(`variable.${name}`, value);
  // In the order of the keys: the same environment gives the same text, whoever lists it how.
  const sorted = [...facts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, shown(key, value, redactor)] as const);
  return { hash: createHash('sha1').update(JSON.stringify(sorted)).digest('hex'), facts: Object.fromEntries(sorted) };
}

/** A value may be a secret by its name in another one: both are looked at together. */
function shown(key: string, value: string, redactor: Redactor): string {
  const name = key.slice(key.indexOf('.') + 1);
  const whole = redactor.text(`${name}=${value.slice(0, 4000)}`);
  const rest = whole.startsWith(`${name}=`) ? whole.slice(name.length + 1) : whole;
  return rest.length > valueLengthMax ? `${rest.slice(0, valueLengthMax - 1).replace(/‹[^›]{0,80}$/, '')}…` : rest;
}

function packagesOf(given: NonNullable<GivenEnvironment['packages']>): [name: string, version: string][] {
  if (!isList(given)) return Object.entries(given).map(([name, version]) => [normalName(name), version]);
  return given.map((text, index) => {
    const [, name, sign = '', version = ''] = specifier.exec((text.split(';', 1)[0] ?? '').trim()) ?? [];
    if (name === undefined) throw new AppError('INVALID', `packages.${index}: is no specifier; write for instance pandas==2.2.1`);
    return [normalName(name), sign === '==' || sign === '===' ? version : sign === '' ? 'any' : `${sign}${version}`];
  });
}

const isList = (given: NonNullable<GivenEnvironment['packages']>): given is readonly string[] => Array.isArray(given);

/** PEP 503: `Ruamel_YAML` and `ruamel.yaml` are one package. */
const normalName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[-_.]+/g, '-')
    .slice(0, 100);
