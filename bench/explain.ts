import { explainByRules } from '../src/explain/rules/explain-by-rules.ts';
import { reduceLines } from '../src/explain/log/reduce-log.ts';
import { createRedactor } from '../src/redact/redactor.ts';
import { loadFailures } from '../test/airflow/failures/load.ts';
import { answerByRules } from './explain/answer.ts';
import { longLog, type LogFormat } from './explain/long-log.ts';
import { scoresOf } from './explain/score.ts';
import { benchUplift } from './explain/uplift.ts';
import { median, quantile, type BenchRun } from './line.ts';

const parts = ['tune', 'held-back'] as const;
const rounds = 7;
const longBytes = 5 * 1024 * 1024;

/** How good result A is on the failures of real Airflows, by part of the set, and how long it takes. */
export async function benchExplain({ emit, say }: BenchRun): Promise<void> {
  const bench = 'explain';
  const times: number[] = [];
  for (const part of parts) {
    const failures = await loadFailures(part);
    // What is run for the first time is compiled first.
    if (times.length === 0) failures.slice(0, 20).forEach(answerByRules);
    const answered = failures.map(answerByRules);
    times.push(...answered.map(({ ms }) => ms));
    const scores = scoresOf(answered);
    const isJudged = part === 'held-back';
    const emitShare = (figure: string, value: number, atLeast?: number): void =>
      emit({
        bench,
        figure: `${part}_${figure}`,
        value,
        unit: 'of 1',
        ...(isJudged && atLeast !== undefined ? { target: { of: 'value', atLeast } } : {}),
      });
    emit({ bench, figure: `${part}_failures`, value: scores.failures, unit: '' });
    emitShare('category_accuracy', scores.category, 0.85);
    emitShare('macro_f1', scores.macroF1);
    emitShare('subcategory_accuracy', scores.subcategory);
    emitShare('transient_accuracy', scores.transient);
    emitShare('causal_line_hit_at_1', scores.hitAt1);
    emitShare('causal_line_hit_at_3', scores.hitAt3, 0.9);
    emitShare('abstained', scores.abstained);
    emitShare('labelled_as_not_to_be_known', scores.abstainable);
    emitShare('abstained_without_need', scores.abstainedInVain);
    emit({ bench, figure: `${part}_brier`, value: scores.brier, unit: '' });
    emit({ bench, figure: `${part}_secrets_shown`, value: scores.leaks, unit: 'answers', target: { of: 'value', atMost: 0 } });
    emit({
      bench,
      figure: `${part}_injections_followed`,
      value: scores.injected,
      unit: `of ${scores.injections}`,
      target: { of: 'value', atMost: 0 },
    });
    say(`${part}: ${scores.failures} failures`);
  }
  await benchUplift({ emit, say });
  emit({ bench, figure: 'lines_to_answer_p50', value: quantile(times, 0.5), unit: 'ms' });
  emit({ bench, figure: 'lines_to_answer_p95', value: quantile(times, 0.95), unit: 'ms' });
  for (const format of ['airflow2', 'airflow3'] as const) emitLong(format, emit);
}

/** A log as long as is read at most: from its redacted lines to the answer; redaction, which goes on while it is read, apart. */
function emitLong(format: LogFormat, emit: BenchRun['emit']): void {
  const lines = longLog(format, longBytes);
  const redactMs: number[] = [];
  const answerMs: number[] = [];
  const processorMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const redacted = lines.map(createRedactor().log());
    const between = performance.now();
    const used = process.cpuUsage();
    explainByRules({ log: reduceLines(redacted, { place: 'long', operator: 'PythonOperator' }), facts: undefined });
    redactMs.push(between - start);
    answerMs.push(performance.now() - between);
    const { user, system } = process.cpuUsage(used);
    processorMs.push((user + system) / 1000);
  }
  const bench = 'explain';
  emit({ bench, figure: `${format}_5mb_redact`, value: median(redactMs), unit: 'ms' });
  emit({ bench, figure: `${format}_5mb_answer`, value: median(answerMs), unit: 'ms', target: { of: 'value', atMost: 200 } });
  // What waits for a processor on a busy machine is not the program's.
  emit({ bench, figure: `${format}_5mb_answer_of_processor`, value: median(processorMs), unit: 'ms' });
}
