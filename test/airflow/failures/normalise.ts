// Makes a collected log one that could be anybody's: no path, host or port of the machine it was made on.
import { hostname, userInfo } from 'node:os';
import { hideCanaries } from './canaries.ts';

/** Longest text first: one path may begin another. */
export function renamer(names: Record<string, string>): (text: string) => string {
  const pairs = Object.entries(names).sort(([a], [b]) => b.length - a.length);
  return (text) => pairs.reduce((done, [from, to]) => done.replaceAll(from, to), text);
}

type Place = { folder: string; home: string; venv: string; python: string };

/** What stands in the logs instead of what belongs to this machine. */
export function namesOf({ folder, home, venv, python }: Place): Record<string, string> {
  return {
    [home]: '/opt/airflow',
    [folder]: '/opt',
    [`${venv}/bin/`]: '/home/airflow/.local/bin/',
    [venv]: '/home/airflow/.local',
    [python]: '/usr/local',
  };
}

const PORTS: Record<string, string> = { http: '8000', tls: '8443', mail: '2525', quotes: '7001', gone: '9999', postgres: '5432' };

/** Replaces ports that were free by chance with ones that stay the same. */
export function portRenamer(ports: Record<string, number>): (text: string) => string {
  const known = Object.entries(PORTS).flatMap(([name, to]) =>
    ports[name] === undefined ? [] : [[String(ports[name]), to] as const],
  );
  return (text) => known.reduce((done, [from, to]) => done.replaceAll(new RegExp(`(?<![\\d.])${from}(?![\\d.])`, 'g'), to), text);
}

const MAX_BYTES = 60_000;
const KEPT_HEAD = 16_000;
const KEPT_TAIL = 40_000;

/** Whole lines from both ends of a log that is too long. */
export function cut(text: string): string {
  if (Buffer.byteLength(text) < MAX_BYTES) return text;
  const lines = text.split('\n');
  const take = (from: string[], limit: number): string[] => {
    let size = 0;
    const end = from.findIndex((line) => (size += Buffer.byteLength(line) + 1) > limit);
    return end < 0 ? from : from.slice(0, end);
  };
  const head = take(lines, KEPT_HEAD);
  const tail = take(lines.slice(head.length).reverse(), KEPT_TAIL).reverse();
  return [...head, ...tail].join('\n');
}

/** The log as it is committed. */
export function normalise(text: string, rename: (text: string) => string): string {
  const user = userInfo().username;
  const named = rename(text)
    .replaceAll(new RegExp(String.raw`(?<![\w.-])${hostname()}(?![\w-])`, 'g'), 'worker-1')
    .replaceAll(new RegExp(String.raw`/(?:root|home/${user})(?=/)`, 'g'), '/home/airflow')
    .replaceAll(/\/tmp\/windsock-[\w-]+/g, '/opt');
  return hideCanaries(cut(named));
}

/** Numbers of the lines that match, as ranges of lines that follow each other. Code that a traceback shows does not count. */
export function rangesOf(text: string, pattern: RegExp): [number, number][] {
  const ranges: [number, number][] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const isCode = /^\s+File ".*", line \d+/.test(lines[index - 1] ?? '') && /^\s{4}/.test(line);
    if (isCode || !pattern.test(line)) return;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else ranges.push([index + 1, index + 1]);
  });
  return ranges;
}
