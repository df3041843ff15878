import { expect, test } from 'vitest';
import type { Mishap } from '../../src/demo/log-line.ts';
import { mishapOf } from '../../src/demo/mishap-of.ts';
import { logText2 } from '../../src/demo/task-log-2.ts';
import { logText3 } from '../../src/demo/task-log-3.ts';
import type { TryEvent } from '../../src/demo/try-event.ts';
import { chainOf, shortType } from '../../src/logs/exceptions.ts';
import { excerptOf } from '../../src/logs/excerpt.ts';
import { findFailure, type Failure } from '../../src/logs/find-failure.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { errorSignature } from '../../src/logs/signature.ts';
import { simulateHours } from '../demo/simulated.ts';

const seed = 5;
const { events } = simulateHours('3', 8, { anomalyProbability: 0.2, fault: { kind: 'surge', forSeconds: 1800 } });
const failed = events.filter(({ ending }) => ending === 'failed');
const linesOf = (event: TryEvent, release: 2 | 3): string[] => {
  const began: TryEvent = { ...event, kind: 'began', ending: null };
  const text = release === 2 ? logText2 : logText3;
  return (text(began, seed) + text(event, seed)).trimEnd().split('\n');
};

/** What a mishap goes back to, as a log can tell it. */
function causeOf({ raised }: Mishap): { type: string; message: string | RegExp } {
  const inner = raised.at(-1);
  if (inner === undefined) return { type: '', message: /-9|terminated by signal/ };
  if (inner.value.startsWith('Bash command failed'))
    return { type: 'dbt error', message: /^Database Error in model .*\ncolumn "order_total" does not exist/ };
  return { type: shortType(inner.type), message: inner.value.trim() };
}

test('of every failed try of the demo the innermost cause is found, on its line, in both formats', () => {
  const seen = new Set<string>();
  expect(failed.length).toBeGreaterThan(20);
  for (const event of failed) {
    const mishap = mishapOf(event, seed);
    const { type, message } = causeOf(mishap);
    seen.add(type);
    for (const release of [2, 3] as const) {
      const lines = linesOf(event, release);
      const failure = findFailure([...parseLog(lines)]) as Failure;
      expect(shortType(failure.type)).toBe(type);
      if (typeof message === 'string') expect(failure.message).toBe(message);
      else expect(failure.message).toMatch(message);
      // The line that is named holds what is told.
      const [first = ''] = failure.message.split('\n', 1);
      expect(lines[failure.line - 1]).toContain(release === 2 ? first : JSON.stringify(first.slice(0, 80)).slice(1, -1));
      if (mishap.raised.length > 1 && failure.exception !== undefined)
        expect(chainOf(failure.exception)).toHaveLength(mishap.raised.length);
      if (type === '') expect(failure.codes.map(({ value }) => value)).toContain('SIGKILL');
    }
  }
  expect(seen.size).toBeGreaterThan(6);
});

test('tries that fail alike have one signature, whatever run, process, host and release, and others have another', () => {
  const signatures = new Map<string, Set<string>>();
  for (const event of failed) {
    const { raised } = mishapOf(event, seed);
    const own = raised.flatMap(({ frames }) => frames).filter(({ file }) => file.includes('/dags/'));
    const cause = [event.task.operator, ...raised.map(({ type }) => type), ...own.map(({ name }) => name)].join(' ');
    for (const release of [2, 3] as const) {
      const failure = findFailure([...parseLog(linesOf(event, release))]);
      const signature = errorSignature({ operator: event.task.operator, failure, category: 'resource_error' });
      signatures.set(cause, (signatures.get(cause) ?? new Set()).add(signature));
    }
  }
  // A failing model of dbt is told with its name.
  for (const [cause, each] of signatures) if (!cause.startsWith('BashOperator')) expect([cause, each.size]).toEqual([cause, 1]);
  const all = [...signatures.values()].flatMap((each) => [...each]);
  expect(new Set(all).size).toBe(all.length);
});

test('the excerpt of a failed try holds its cause within 800 tokens', () => {
  for (const event of failed.slice(0, 40))
    for (const release of [2, 3] as const) {
      const records = [...parseLog(linesOf(event, release))];
      const failure = findFailure(records) as Failure;
      const { lines, tokens } = excerptOf({ records, failure, tokensMax: 800 });
      expect(tokens).toBeLessThanOrEqual(800);
      const [first = ''] = failure.message.split('\n', 1);
      expect(lines.some(({ line, text }) => line === failure.line && text.includes(first.slice(0, 100)))).toBe(true);
    }
});
