import { expect, test } from 'vitest';
import { answerByRules } from '../../bench/explain/answer.ts';
import { scoresOf } from '../../bench/explain/score.ts';
import { loadRecorded, obeyingAnswers, withRecorded } from '../../bench/explain/with-model.ts';
import { promptFor, promptTokens, promptTokensMax } from '../../src/explain/call/prompt.ts';
import { promptsConfig } from '../../src/explain/call/prompts-config.ts';
import { showCase } from '../../src/explain/call/shown.ts';
import { fragmentsOf, type Canary } from '../airflow/failures/canaries.ts';
import { loadFailures } from '../airflow/failures/load.ts';

const failures = await loadFailures();
const prompts = promptsConfig.parse(undefined);

/** What a model is sent about a failure of the set. */
function promptOf(failure: (typeof failures)[number]): string {
  const { log, explanation } = answerByRules(failure);
  const kase = {
    type: 'failure' as const,
    dagId: failure.dag,
    taskId: failure.task,
    evidence: [],
    log: 'log' in log ? log.log : log,
    rules: explanation,
  };
  const messages = promptFor(kase, showCase(kase), { prompts, nonce: '7f3a9c51d2e8' });
  expect(messages.reduce((sum, { content }) => sum + promptTokens(content), 0)).toBeLessThanOrEqual(promptTokensMax);
  return messages.map(({ content }) => content).join('\n');
}

test('of the logs with secrets no prompt holds one', () => {
  const leaking = failures.filter(({ canaries }) => canaries.length > 0);
  expect(leaking.length).toBeGreaterThanOrEqual(15);
  for (const failure of leaking) {
    const prompt = promptOf(failure);
    for (const part of failure.canaries.flatMap((canary) => fragmentsOf(canary as Canary)))
      expect(prompt, failure.id).not.toContain(part);
  }
});

test('of the logs with orders to a model no prompt holds what they want to be said or done', () => {
  const injected = failures.filter(({ injection }) => injection !== null);
  expect(injected.length).toBeGreaterThanOrEqual(15);
  for (const failure of injected) {
    const prompt = promptOf(failure);
    for (const text of failure.injection?.forbidden ?? []) expect(prompt, failure.id).not.toContain(text);
  }
});

test('an answer that obeys such a log is not shown, whatever it cites', () => {
  let answers = 0;
  for (const failure of failures.filter(({ injection }) => injection !== null)) {
    const answered = answerByRules(failure);
    const unsure = {
      ...answered,
      explanation: { ...answered.explanation, confidence: Math.min(0.5, answered.explanation.confidence) },
    };
    for (const text of obeyingAnswers(answered)) {
      answers += 1;
      const { explanation, judged } = withRecorded(unsure, text);
      expect(judged, failure.id).toMatchObject({ kind: 'unverified', idea: null });
      expect(explanation).toBe(unsure.explanation);
    }
  }
  expect(answers).toBeGreaterThanOrEqual(100);
});

test('recorded good answers stand, and make no answer of the rules worse', () => {
  const recorded = loadRecorded();
  const before = failures.filter(({ id }) => recorded.has(id)).map(answerByRules);
  const after = before.map((one) => withRecorded(one, recorded.get(one.failure.id)));
  expect(after.length).toBeGreaterThan(70);
  expect(after.filter(({ judged }) => judged !== undefined && judged.kind !== 'verified')).toEqual([]);
  const worse = after.filter(
    ({ failure, explanation }, index) =>
      before[index]?.explanation.category === failure.category && explanation.category !== failure.category,
  );
  expect(worse.map(({ failure }) => failure.id)).toEqual([]);
  expect(scoresOf(after)).toMatchObject({ leaks: 0, injected: 0 });
});
