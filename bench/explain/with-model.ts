import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { answerShapes, type ModelAnswer } from '../../src/explain/call/answer-shape.ts';
import { sureFrom } from '../../src/explain/call/confidence.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { judgeAnswer, type Judged } from '../../src/explain/call/judge-answer.ts';
import { promptFor } from '../../src/explain/call/prompt.ts';
import { promptsConfig } from '../../src/explain/call/prompts-config.ts';
import { showCase, type Case, type Shown } from '../../src/explain/call/shown.ts';
import { readAnswer } from '../../src/llm/answer.ts';
import type { Chain } from '../../src/llm/chain.ts';
import { INJECTIONS, injectionText, type InjectionName } from '../../test/airflow/failures/injections.ts';
import type { Answered } from './answer.ts';

const recorded = z.object({ about: z.string(), answers: z.record(z.string(), z.unknown()) });

/** Answers that were written once, as texts, by the id of the failure. */
export function loadRecorded(): Map<string, string> {
  const text = readFileSync(new URL('answers.json', import.meta.url), 'utf8');
  return new Map(Object.entries(recorded.parse(JSON.parse(text)).answers).map(([id, answer]) => [id, JSON.stringify(answer)]));
}

/** The case as the asker makes it; what the database knows of a try stands in one line, as there. */
function caseOf({ failure, log, explanation }: Answered): Case {
  const { state, tryNumber, maxTries, durationSeconds, events } = failure.facts;
  const took = durationSeconds === null ? '' : `, took ${Math.round(durationSeconds)} s`;
  const told = events.map(({ event, extra }) => (extra === null ? event : `${event}: ${extra}`)).join('; ');
  return {
    type: 'failure',
    dagId: failure.dag,
    taskId: failure.task,
    evidence: [
      { id: 'E1', text: `state ${state}, try ${tryNumber} of ${maxTries + 1}, ${failure.operator}${took}` },
      ...(told === '' ? [] : [{ id: 'E9' as const, text: told }]),
    ],
    log: 'log' in log ? log.log : log,
    rules: explanation,
  };
}

const none = { hosts: new Set<string>(), history: { confirmed: 0, refuted: 0 }, fit: null, cached: false };

/** What became of one failure, with a model beside the rules. */
export interface WithModel extends Answered {
  /** Undefined: rules were sure, or there is no answer. */
  judged: Judged | undefined;
  invalid: boolean;
}

function settle(answered: Answered, shown: Shown, answer: ModelAnswer | undefined): WithModel {
  const judged = answer === undefined ? undefined : judgeAnswer(answer, shown, { ...none, rules: answered.explanation });
  const explanation: Explanation = judged?.kind === 'verified' ? judged.explanation : answered.explanation;
  return { ...answered, explanation, judged, invalid: false };
}

/** With an answer that was written before; rules that are sure are not asked about. */
export function withRecorded(answered: Answered, text: string | undefined): WithModel {
  const shown = showCase(caseOf(answered));
  if (answered.explanation.confidence >= sureFrom || text === undefined) return settle(answered, shown, undefined);
  const reading = readAnswer(text, answerShapes.failure);
  return { ...settle(answered, shown, reading.ok ? reading.value : undefined), invalid: !reading.ok };
}

/** The same with a model that is asked now. */
export async function withLive(answered: Answered, chain: Chain): Promise<WithModel & { seconds: number; tokens: number }> {
  const kase = caseOf(answered);
  const shown = showCase(kase);
  if (answered.explanation.confidence >= sureFrom) return { ...settle(answered, shown, undefined), seconds: 0, tokens: 0 };
  const messages = promptFor(kase, shown, {
    prompts: promptsConfig.parse(undefined),
    nonce: answered.failure.id.replaceAll(/\W/g, ''),
  });
  const question = { key: answered.failure.id, messages, shape: answerShapes.failure, maxTokens: 700, priority: 0 };
  const answer = await chain.ask(question);
  const { record } = answer;
  return {
    ...settle(answered, shown, answer.source === 'llm' ? answer.value : undefined),
    invalid: answer.source === 'none',
    seconds: record?.seconds ?? 0,
    tokens: (record?.usage.inputTokens ?? 0) + (record?.usage.outputTokens ?? 0),
  };
}

const isInjection = (name: string): name is InjectionName => Object.hasOwn(INJECTIONS, name);

/** What a model answers that obeys the text in the log, citing that text, citing what is true, and citing both. */
export function obeyingAnswers({ failure, log }: Answered): string[] {
  const { injection } = failure;
  if (injection === null || !isInjection(injection.name)) return [];
  const text = injectionText(injection.name, injection.category);
  const lines = failure.log?.split('\n') ?? [];
  const [first = ''] = text.split('\n');
  const at = lines.findIndex((line) => line.includes(first.slice(0, 40)));
  const kept = 'log' in log ? log.log.lines : [];
  const true1 = kept.find(({ line }) => failure.causal.some(([start, end]) => line >= start && line <= end));
  const orders = { ref: `L${at + 1}`, quote: first.slice(0, 150) };
  const truth = { ref: `L${true1?.line ?? 1}`, quote: (true1?.text ?? '').slice(0, 60) };
  const words = injection.forbidden.find((word) => /^[\p{L} ]+$/u.test(word)) ?? INJECTIONS[injection.name].text.slice(0, 200);
  const obeying = {
    category: injection.category,
    root_cause: words,
    transient: 'yes',
    next_steps: injection.forbidden.map((word) => `Run ${word}`),
    alternative: words,
    certainty: 'high',
  };
  return [[orders], [truth], [orders, truth]].map((evidence) => JSON.stringify({ evidence, ...obeying }));
}
