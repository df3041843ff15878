import { formatDuration } from '../../lib/durations.ts';
import { redact } from '../../redact/redact.ts';
import type { Time, Version } from './time.ts';

/** Seconds as people read them; below 10 s with tenths. */
export const spell = (seconds: number): string => (seconds < 10 ? `${seconds.toFixed(1)}s` : formatDuration(seconds * 1000));

/** An instant as people read it, in UTC: the time alone within a day of `near`. */
export function clockTime(time: Time, near: Date): string {
  const text = new Date(time).toISOString();
  const isNear = Math.abs(near.getTime() - Date.parse(time)) < 86_400_000;
  return isNear ? `${text.slice(11, 16)} UTC` : `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** How long ago an instant was, as people read it. */
export const ago = (time: Time, now: Date): string => `${formatDuration(Math.max(0, now.getTime() - Date.parse(time)))} ago`;

/** `a, b and 3 more`; the whole list when it is not longer than `most`. */
export function some(names: readonly string[], most = 3): string {
  if (names.length <= most) return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** A host without its domain, as people call it; an address as it is. */
export const hostName = (host: string): string => (/^[\d.]+$|:/.test(host) ? host : (host.split('.')[0] ?? host));

/** `1 task`, `2 tasks`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Text that people or programs wrote: one line, without secrets, at most `max` characters. */
export function quoted(text: string, max: number): string {
  const line = redact(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** `version 4 (bundle 3f2a9c1)`, `hash 3f2a9c1b`. */
export function versionText({ number, bundleVersion, hash }: Version): string {
  if (number === null) return hash === null ? 'an unknown version' : `hash ${hash.slice(0, 8)}`;
  return bundleVersion === null ? `version ${number}` : `version ${number} (bundle ${bundleVersion.slice(0, 12)})`;
}

/** Whether two versions are the same code; null: nobody knows. */
export function sameVersion(a: Version | null, b: Version | null): boolean | null {
  if (a === null || b === null) return null;
  if (a.number !== null && b.number !== null) return a.number === b.number && a.bundleVersion === b.bundleVersion;
  return a.hash === null || b.hash === null ? null : a.hash === b.hash;
}

/** The middle of some numbers; null without any. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number];
  return (low + high) / 2;
}
