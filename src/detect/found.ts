import type { Finding } from './finding.ts';
import { nothingCarried } from './finding.ts';

/** Titles go into labels of chat messages and SMS; longer ones are cut there without sense. */
export const titleMax = 160;

/** A finding that rests on a limit or on a plain fact, unless more is said. Its title becomes one line of at most `titleMax`. */
export function found(
  parts: Pick<Finding, 'kind' | 'subject' | 'severity' | 'event' | 'since' | 'title'> & Partial<Finding>,
): Finding {
  return {
    occasion: null,
    observed: null,
    expected: null,
    n: 0,
    score: 1,
    carried: nothingCarried,
    ...parts,
    title: clip(parts.title, titleMax),
  };
}

/** A text on one line, its middle left out when it is longer than `max` characters. */
export function clip(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= max) return line;
  const tail = Math.floor((max - 1) / 3);
  return `${line.slice(0, max - 1 - tail)}…${line.slice(line.length - tail)}`;
}

const nameMax = 60;
/** A DAG, a task, a pool or a file in a title. */
export const named = (...parts: readonly string[]): string => clip(parts.join('.'), nameMax);

/** A condition's event: since when it holds. */
export const sinceEvent = (since: Date | number): string => `since:${Number(since)}`;

/** The ms of a `since:` event; null for any other. */
export function sinceOf(event: string): number | null {
  const ms = /^since:(-?\d+)$/.exec(event)?.[1];
  return ms === undefined ? null : Number(ms);
}

/** The `dag_run.id` of a `run:` event; null for any other. */
export function runOf(event: string): number | null {
  const pk = /^run:(\d+)(:|$)/.exec(event)?.[1];
  return pk === undefined ? null : Number(pk);
}
