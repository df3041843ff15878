import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { explained, near, neighbours, posted } from '../kit.ts';

const broken = (dagId = ''): Incident =>
  incident(
    {},
    { kind: 'sla_breached', subject: { type: 'sla', sla: 'LLM latency', dagId, taskId: '' }, occasion: null, since: at('11:59') },
  );
const part = { label: 'model', value: 'gpt-4o', bad: 45, badTotal: 48, of: 50, ofTotal: 120, by: 'beyond' } as const;

describe('why a posted metric breaks its promise', () => {
  test('the part that has most of what breaks it is named, shown by what was posted', () => {
    const found = explained(broken(), { posted: posted({ part }) });
    expect(found).toMatchObject({ category: 'dependency_failure', subcategory: 'one_part', confidence: 0.75 });
    expect(found.rootCause).toBe(
      'model "gpt-4o" has 45 of the 48 values that break it, and 50 of 120 of all: llm_latency (p95 over 15m) is now 4.2s, usually 1.1s.',
    );
    expect(found.evidence.map(({ ref, quote }) => `${ref} ${quote}`)).toEqual([
      'E12 model "gpt-4o" has 45 of the 48 values that break it, and 50 of 120 of all',
      'E12 now 4.2s by llm_latency (p95 over 15m), promised is at most 3s (critical above 5s)',
      'E12 usually 1.1s, 0.9s to 1.4s in the middle half of 46 slices before',
    ]);
    expect(found.nextSteps[0]).toBe('Look at what is different about model gpt-4o');
  });

  test.each([
    [2, 0.6],
    [3, 0.75],
  ])('%i values that break it make this sure of a part: %f', (badTotal, confidence) => {
    expect(explained(broken(), { posted: posted({ part: { ...part, bad: badTotal, badTotal } }) }).confidence).toBe(confidence);
  });

  test.each([
    [235, 'level_changed'],
    [240, 'more_values'],
    [61, 'level_changed'],
    [60, 'fewer_values'],
  ])('%i values where 120 are usual: %s', (now, subcategory) => {
    expect(explained(broken(), { posted: posted({ count: { now, usual: 120 } }) }).subcategory).toBe(subcategory);
  });

  test('a few values more are no cause, however few are usual', () => {
    const subcategory = (now: number, usual: number) =>
      explained(broken(), { posted: posted({ count: { now, usual } }) }).subcategory;
    expect([subcategory(5, 1), subcategory(6, 1)]).toEqual(['level_changed', 'more_values']);
  });

  test('a sum grows with its values: surer than of a latency', () => {
    const many = { count: { now: 240, usual: 120 } };
    const [sum, latency] = [
      explained(broken(), { posted: posted({ ...many, statistic: 'sum' }) }),
      explained(broken(), { posted: posted(many) }),
    ];
    expect([sum.category, sum.confidence, latency.confidence]).toEqual(['more_input', 0.75, 0.6]);
  });

  test('a promise that the usual level breaks too is the wrong promise', () => {
    const usual = { median: 4, low: 3.8, high: 4.4, slices: 46, good: false };
    expect(explained(broken(), { posted: posted({ usual }) })).toMatchObject({
      category: 'configuration_error',
      subcategory: 'usual_level',
      rootCause: 'llm_latency (p95 over 15m) is usually 4s, which breaks at most 3s (critical above 5s) too.',
    });
  });

  test('where nothing differs the answer is not sure, and says value, threshold, usual level and since when', () => {
    const found = explained(broken(), { posted: posted() });
    expect(found).toMatchObject({ category: 'unknown', subcategory: 'level_changed', confidence: 0.4, rule: null });
    expect(found.rootCause).toBe(
      'SLA LLM latency is broken since 11:59 UTC: llm_latency (p95 over 15m) is now 4.2s, usually 1.1s, promised is at most 3s (critical above 5s), and no label tells why.',
    );
    expect(explained(broken(), { posted: posted({ usual: null }) }).confidence).toBe(0.3);
  });

  test('a task that fails elsewhere at the time is not blamed for a metric of no DAG; of its own DAG it is', () => {
    const failing = near({ kind: 'task_failed', title: 'etl.load failed', dagId: 'etl', taskId: 'load', shares: ['dag'] });
    const around = { posted: posted(), neighbours: neighbours([failing]) };
    expect(explained(broken(), around).subcategory).toBe('level_changed');
    expect(explained(broken('etl'), around)).toMatchObject({ subcategory: 'task_failed' });
  });
});
