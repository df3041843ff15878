import { explanationFamilies } from '../src/measure/catalogue/explanations.ts';
import { selfFamilies } from '../src/measure/catalogue/windsock.ts';
import type { Definition } from '../src/measure/define.ts';
import type { Family } from '../src/measure/family.ts';

/** A PromQL expression. Made here alone, so a metric or label that the catalogue does not have does not compile. */
export type Expression = string & { readonly expression: unique symbol };

type Matcher = `="${string}"` | `=~"${string}"` | `!="${string}"` | `!~"${string}"`;
type Matchers<Label extends string> = { readonly [Name in Label]?: Matcher };
type Of<Kind extends Family['kind'], Label extends string> = Definition<Kind, Label>;
/** What is no family of ours: prom-client's about the process, and Prometheus' own about the scrape. */
type Foreign =
  | 'up'
  | 'process_resident_memory_bytes'
  | 'process_cpu_seconds_total'
  | 'nodejs_eventloop_lag_p99_seconds'
  | 'nodejs_heap_size_used_bytes';

const written = (text: string): Expression => text as Expression;

/** Joins expressions by PromQL's own operators. */
export const promql = (parts: TemplateStringsArray, ...inner: readonly (Expression | number)[]): Expression =>
  written(String.raw({ raw: parts.raw }, ...inner));

function selector(name: string, matchers: Matchers<string>): string {
  const pairs = Object.entries<Matcher | undefined>({ airflow: '=~"$airflow"', ...matchers });
  return `${name}{${pairs.flatMap(([label, matcher]) => (matcher === undefined ? [] : `${label}${matcher}`)).join(',')}}`;
}

// What each replica counts of its own doings. Everything else is equal on all of them, so that one speaks for all.
const perProcess = new Set<string>(
  [...Object.values(selfFamilies), ...Object.values(explanationFamilies)].map(({ name }) => name),
);

const counted = (name: string, inner: string): Expression =>
  written(`${perProcess.has(name) ? 'sum' : 'max'} without (instance, pod) (${inner})`);

/** A value as it is now. */
export const now = <Label extends string>(family: Of<'gauge' | 'stateset' | 'info', Label>, matchers: Matchers<Label> = {}) =>
  written(`max without (instance, pod) (${selector(family.name, matchers)})`);

/** A value as it is now, of each replica. */
export const each = <Label extends string>(family: Of<'gauge' | 'info', Label>) => written(selector(family.name, {}));

/** The same of a metric that is not Windsock's. */
export const foreign = (name: Foreign): Expression => written(selector(name, { job: '=~"windsock.*"' }));

export const foreignRate = (name: Foreign): Expression => written(`rate(${foreign(name)}[$__rate_interval])`);

/** How much a counter grew in `window`. */
export const increase = <Label extends string>(
  family: Of<'counter', Label>,
  window: string,
  matchers: Matchers<Label> = {},
): Expression => counted(family.name, `increase(${selector(family.name, matchers)}[${window}])`);

/** How fast a counter grows, per second. */
export const rate = <Label extends string>(family: Of<'counter', Label>, matchers: Matchers<Label> = {}): Expression =>
  counted(family.name, `rate(${selector(family.name, matchers)}[$__rate_interval])`);

/** By how much one part of a histogram grew in `window`. */
const grown = (family: Definition, part: 'bucket' | 'sum' | 'count', window: string, matchers: Matchers<string>) =>
  counted(family.name, `increase(${selector(`${family.name}_${part}`, matchers)}[${window}])`);

export const sumBy = (labels: readonly string[], inner: Expression): Expression =>
  written(labels.length === 0 ? `sum(${inner})` : `sum by (${labels.join(', ')}) (${inner})`);

export const maxBy = (labels: readonly string[], inner: Expression): Expression =>
  written(labels.length === 0 ? `max(${inner})` : `max by (${labels.join(', ')}) (${inner})`);

export const sum = (inner: Expression): Expression => sumBy([], inner);

/** How many series fulfil a comparison: 0 when none does, and nothing when there are none at all. */
export const countWhere = (inner: Expression, comparison: `${'>' | '<' | '>=' | '==' | '!='} bool ${number}`): Expression =>
  written(`sum(${inner} ${comparison})`);

export const top = (count: number, inner: Expression): Expression => written(`topk(${count}, ${inner})`);

export const bottom = (count: number, inner: Expression): Expression => written(`bottomk(${count}, ${inner})`);

/** Seconds since a point in time. */
export const age = (timestamp: Expression): Expression => written(`time() - ${timestamp}`);

/** Part of a whole; nothing where the whole is 0. */
export const ratio = (part: Expression, whole: Expression): Expression => written(`(${part}) / ((${whole}) > 0)`);

interface HistogramQuery<Label extends string> {
  by?: readonly (Label | 'airflow')[];
  window?: string;
  matchers?: Matchers<Label>;
}

/** A quantile, from the buckets. */
export const quantile = <Label extends string>(
  q: number,
  family: Of<'histogram', Label>,
  { by = [], window = '$__rate_interval', matchers = {} }: HistogramQuery<Label> = {},
): Expression => written(`histogram_quantile(${q}, ${sumBy(['le', ...by], grown(family, 'bucket', window, matchers))})`);

/** Observations in each bucket, for a heat map. */
export const buckets = <Label extends string>(
  family: Of<'histogram', Label>,
  { window = '$__rate_interval', matchers = {} }: HistogramQuery<Label> = {},
): Expression => sumBy(['le'], grown(family, 'bucket', window, matchers));

/** What was observed, added up. */
export const added = <Label extends string>(
  family: Of<'histogram', Label>,
  { by = [], window = '$__rate_interval', matchers = {} }: HistogramQuery<Label> = {},
): Expression => sumBy(by, grown(family, 'sum', window, matchers));

/** How often something was observed. */
export const observed = <Label extends string>(
  family: Of<'histogram', Label>,
  { by = [], window = '$__rate_interval', matchers = {} }: HistogramQuery<Label> = {},
): Expression => sumBy(by, grown(family, 'count', window, matchers));

/** The mean of what was observed. */
export const mean = <Label extends string>(family: Of<'histogram', Label>, query: HistogramQuery<Label> = {}): Expression =>
  ratio(added(family, query), observed(family, query));

/** Which state a state set shows, as its place among the states, from 1 on. */
export const stateNumber = <Label extends string>(
  family: Of<'stateset', Label | 'state'>,
  by: readonly (Label | 'airflow')[],
  matchers: Matchers<Label> = {},
): Expression => maxBy(by, placesOf(family, 'state', family.states ?? [], matchers));

/** The series of an info that have one of `values` in `label`, each with the place of its value, from 1 on. */
export const ranked = <Label extends string>(
  info: Of<'info', Label>,
  label: Label,
  values: readonly string[],
  matchers: Matchers<Label> = {},
): Expression => placesOf(info, label, values, matchers);

const placesOf = (family: Definition, label: string, values: readonly string[], matchers: Matchers<string>): Expression =>
  written(
    values
      .map((value, index) => {
        const one = selector(family.name, { ...matchers, [label]: `="${value}"` });
        return `(max without (instance, pod) (${one}) == 1) * ${index + 1}`;
      })
      .join(' or '),
  );

/** Labels of an info, taken over by an expression; one info for each `on`, also while replicas still tell of another. */
export function withInfo<Label extends string>(
  inner: Expression,
  info: Of<'info', Label>,
  on: readonly string[],
  labels: readonly Label[],
): Expression {
  const one = `topk by (${on.join(', ')}) (1, ${maxBy([...on, ...labels], now(info))})`;
  return written(`(${inner}) * on (${on.join(', ')}) group_left (${labels.join(', ')}) ${one}`);
}

/** Series of an info that were not there ten minutes ago, while others of the same Airflow were. */
export function appeared<Label extends string>(info: Of<'info', Label>): Expression {
  const before = `max without (instance, pod) (${selector(info.name, {})} offset 10m)`;
  return written(`((${now(info)} unless ${before}) and on (airflow) ${before})`);
}
