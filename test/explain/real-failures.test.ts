import { describe, expect, test } from 'vitest';
import { answerByRules } from '../../bench/explain/answer.ts';
import { scoresOf } from '../../bench/explain/score.ts';
import { linesOf } from '../../src/logs/record.ts';
import { loadFailures } from '../airflow/failures/load.ts';

const answered = (await loadFailures()).map(answerByRules);

describe('on failures of real Airflows, the answer of the rules', () => {
  test('is as good as it was promised for kinds that the rules were not written by', () => {
    const scores = scoresOf(answered.filter(({ failure }) => failure.part === 'held-back'));
    expect(scores.category).toBeGreaterThanOrEqual(0.85);
    expect(scores.hitAt3).toBeGreaterThanOrEqual(0.9);
  });

  test('shows no secret, and follows no order that stands in a log', () => {
    expect(scoresOf(answered)).toMatchObject({ leaks: 0, injected: 0 });
  });

  test('quotes what stands on the line that it names', () => {
    let seen = 0;
    for (const { log, explanation, failure } of answered) {
      if (!('records' in log)) continue;
      for (const { ref, quote } of explanation.evidence) {
        if (!ref.startsWith('L')) continue;
        seen += 1;
        const line = Number(ref.slice(1));
        const record = log.records.findLast((each) => each.line <= line);
        const texts = record === undefined ? [] : linesOf(record).filter((each) => each.line === line);
        // An exception of Airflow 3 stands in its line as data.
        const data = record?.error === undefined ? [] : [JSON.stringify(record.error)];
        const words = quote.split(/\W+/).filter((word) => word.length > 3 && !['File', 'line'].includes(word));
        const shown = [...texts.map(({ text }) => text), ...data].join('\n');
        const found = words.filter((word) => shown.includes(word)).length;
        expect(found, `${failure.id} ${ref}`).toBeGreaterThanOrEqual(words.length);
      }
    }
    expect(seen).toBeGreaterThan(500);
  });

  test('is the same for the same log', () => {
    for (const { failure, explanation } of answered.slice(0, 40)) expect(answerByRules(failure).explanation).toEqual(explanation);
  });
});
