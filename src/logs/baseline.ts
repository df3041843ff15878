import { createDrain, type Drain, type DrainState } from './drain.ts';
import { createMasker, type Masker } from './masks.ts';
import { createLineMatcher } from './match-lines.ts';
import { linesOf, type LogRecord } from './record.ts';

/** What the logs of a task's successes have in common: templates and, of slots that hardly vary, their values. No lines. */
export interface LogBaseline {
  version: 1;
  /** Successes that it was made from. */
  runs: number;
  drain: DrainState;
  /** By cluster. */
  templates: Record<string, TemplateUse>;
}

export interface TemplateUse {
  /** In how many of the successes it stood. */
  runs: number;
  /** By token: the values that stood there, where they are few and came again. */
  slots: Record<string, string[]>;
}

/** A slot with more values is one that varies. */
const valuesMax = 3;
const valueLengthMax = 80;
/** A record may hold a whole table: its first lines tell its kind. */
const linesMax = 30;
/** These vary by their nature. */
const everNew = /<(?:TIME|RUN_ID|UUID|HASH|HEX|PART|DURATION|QUERY)>/;

/** The lines of a log that say what a task did: neither tracebacks nor markers of groups. */
export function* tellingLines(records: Iterable<LogRecord>): Generator<{ line: number; text: string; record: LogRecord }> {
  for (const record of records)
    for (const { line, text } of linesOf(record).slice(0, linesMax)) {
      if (text === '' || /^[\s|+]|^(?:::(?:group|endgroup)::|\*\*\* |Traceback \(|Caused by: )/.test(text)) continue;
      yield { line, text, record };
    }
}

/** Learns the logs of successes, oldest first. A masker given here must be given again when a log is held against it. */
export function learnBaseline(runs: readonly Iterable<LogRecord>[], masker: Masker = createMasker()): LogBaseline {
  const drain = createDrain({}, masker);
  const logs = runs.map((records) => [...tellingLines(records)].map(({ text }) => text));
  for (const log of logs) for (const text of log) drain.learn(text);
  // Templates are settled now: what stands in their slots is looked at in a second pass.
  const match = createLineMatcher(drain, masker);
  const slots = new Map<number, Slots>();
  const uses = new Map<number, number>();
  for (const log of logs) {
    const seen = new Set<number>();
    for (const text of log) {
      const { cluster, rawAt } = match(text);
      if (cluster === undefined) continue;
      seen.add(cluster.id);
      let ofCluster = slots.get(cluster.id);
      if (ofCluster === undefined) slots.set(cluster.id, (ofCluster = newSlots(cluster.tokens)));
      fill(ofCluster, rawAt);
    }
    for (const id of seen) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const templates = Object.fromEntries([...uses].map(([id, runs]) => [id, { runs, slots: fewValued(slots.get(id)) }]));
  return { version: 1, runs: runs.length, drain: drain.toJSON(), templates };
}

/** A Drain that matches by what was learned; undefined when it was learned with other masks. */
export function drainOf(baseline: LogBaseline, masker: Masker): Drain | undefined {
  if (baseline.version !== 1 || baseline.drain.masks !== masker.version) return undefined;
  return createDrain(baseline.drain.options, masker, baseline.drain);
}

interface Slots {
  count: number;
  /** By token; of more than `valuesMax` no more are counted. */
  values: Map<number, Set<string>>;
}

/** Of the tokens that may vary, but for those that vary by their nature. */
const newSlots = (template: readonly string[]): Slots => ({
  count: 0,
  values: new Map(
    template.flatMap((token, at) => (token.includes('<') && !everNew.test(token) ? [[at, new Set<string>()] as const] : [])),
  ),
});

function fill(slots: Slots, rawAt: (token: number) => string): void {
  slots.count += 1;
  for (const [at, values] of slots.values) if (values.size <= valuesMax) values.add(valueOf(rawAt(at)));
}

export const valueOf = (raw: string): string => raw.slice(0, valueLengthMax);

/** Values that came twice each on average: what was new every time will be new again. */
function fewValued(slots: Slots | undefined): Record<string, string[]> {
  if (slots === undefined) return {};
  const few = [...slots.values].filter(([, { size }]) => size <= valuesMax && 2 * size <= slots.count && slots.count >= 3);
  return Object.fromEntries(few.map(([at, values]) => [at, [...values]]));
}
