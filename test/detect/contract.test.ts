import { describe, expect, test } from 'vitest';
import { detectors } from '../../src/detect/detectors.ts';
import type { OpenFinding, RegisteredDetector } from '../../src/detect/detector.ts';
import type { Facts } from '../../src/detect/facts.ts';
import { subjectKey, type Judgement } from '../../src/detect/finding.ts';
import { titleMax } from '../../src/detect/found.ts';
import { at, facts, minutes, openOf, settings } from './kit.ts';
import { scenes } from './scenes.ts';

const names = Object.keys(detectors) as (keyof typeof detectors)[];
const registered: Readonly<Record<string, RegisteredDetector>> = detectors;

function judge(name: string, given: Facts, open: readonly OpenFinding[] = []): Judgement {
  const detector = registered[name];
  if (detector === undefined) throw new RangeError(name);
  return detector.judge(given, new Map(open.map((each) => [subjectKey(each.subject), each])), settings(), given.snapshot.at);
}

/** Everything that was learned in the cycle is over, the present lasts. */
const nextCycle = (given: Facts, laterMs: number): Facts => ({
  ...given,
  transitions: [],
  trials: [],
  mappedTrials: [],
  shifts: [],
  previousAt: given.snapshot.at,
  snapshot: { ...given.snapshot, at: new Date(given.snapshot.at.getTime() + laterMs) },
});

test('every detector has a scene in which it finds something', () => {
  expect(Object.keys(scenes).toSorted()).toEqual(names.toSorted());
});

test('no two detectors are about the same kind', () => {
  const kinds = Object.values(registered).map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
});

describe.each(names)('%s', (name) => {
  const scene = scenes[name];
  const { findings } = judge(name, scene);
  const open = findings.map(openOf);

  test('finds something of its own kind, told in one sentence', () => {
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding.kind).toBe(registered[name]?.kind);
      expect(finding.title.length).toBeLessThanOrEqual(titleMax);
      expect(finding.title).not.toMatch(/\s\s|[\n\r]|NaN|undefined|Infinity|null/);
      expect(finding.score).toBeGreaterThanOrEqual(0);
      expect(finding.score).toBeLessThanOrEqual(1);
      expect(finding.since.getTime()).toBeLessThanOrEqual(scene.snapshot.at.getTime());
      expect(finding.event).toMatch(/^(run|since|error):./);
    }
  });

  test('says the same of the same facts', () => {
    expect(judge(name, scene)).toEqual(judge(name, structuredClone(scene)));
  });

  test('says nothing when what it reads could not be collected', () => {
    const { at: now, version, revision, activeRuns, openRuns } = scene.snapshot;
    const blind = facts({ snapshot: { at: now, version, revision, activeRuns, openRuns }, sla: undefined });
    for (const known of [[], open]) expect(judge(name, blind, known)).toEqual({ findings: [], cleared: [], judged: 0 });
  });

  test('after a restart the same facts are no new event and clear nothing', () => {
    const again = judge(name, scene, open);
    expect(again.cleared).toEqual([]);
    expect(again.findings.map(({ event, subject }) => [event, subject])).toEqual(
      findings.map(({ event, subject }) => [event, subject]),
    );
  });

  test('while the present lasts nothing is cleared and no event changes, in a quarter of a minute and in an hour', () => {
    for (const laterMs of [15_000, minutes(60)]) {
      const later = judge(name, nextCycle(scene, laterMs), open);
      expect(later.cleared).toEqual([]);
      const events = new Set(open.map(({ event }) => event));
      expect(later.findings.filter(({ event }) => !events.has(event))).toEqual([]);
    }
  });

  test('one cycle late it finds the same', () => {
    const late: Facts = {
      ...scene,
      previousAt: at('11:59:30'),
      snapshot: { ...scene.snapshot, at: new Date(scene.snapshot.at.getTime() + 15_000) },
    };
    expect(judge(name, late).findings.map(({ event }) => event)).toEqual(findings.map(({ event }) => event));
  });

  test('names of any length and with line breaks leave a title of one line that fits', () => {
    const { findings: told } = judge(name, renamed(scene));
    expect(told.length).toBeGreaterThan(0);
    for (const { title } of told) {
      expect(title.length).toBeLessThanOrEqual(titleMax);
      expect(title).not.toMatch(/[\n\r]/);
    }
  });
});

const names250 = new Map(
  ['etl', 'load', 'scheduled__7', 'default_pool', 'dags/etl.py'].map((name) => [name, `${name}\n${'x'.repeat(250)}`]),
);

/** The same with long names for everything that users name. */
function renamed<Value>(value: Value): Value {
  const walk = (each: unknown): unknown => {
    // Keys of several names hold them with a zero byte between.
    if (typeof each === 'string')
      return each
        .split('\0')
        .map((name) => names250.get(name) ?? name)
        .join('\0');
    if (ArrayBuffer.isView(each)) return each;
    if (each instanceof Map) return new Map([...each].map(([key, inner]) => [walk(key), walk(inner)]));
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each === 'object' && each !== null && !(each instanceof Date))
      return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, walk(inner)]));
    return each;
  };
  return walk(value) as Value;
}
