import { loadConfig } from '../../src/config.ts';
import { createChain } from '../../src/llm/chain.ts';
import { connectProviders } from '../../src/llm/providers.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { loadFailures } from '../../test/airflow/failures/load.ts';
import { quantile, type BenchRun } from '../line.ts';
import { answerByRules, type Answered } from './answer.ts';
import { scoresOf } from './score.ts';
import { loadRecorded, obeyingAnswers, withLive, withRecorded, type WithModel } from './with-model.ts';

const bench = 'explain';

/** What a model adds to the rules: by answers that were written once, and by a model that runs, where one is named. */
export async function benchUplift({ emit, say }: Pick<BenchRun, 'emit' | 'say'>): Promise<void> {
  const failures = (await loadFailures('held-back')).map(answerByRules);
  const recorded = loadRecorded();
  emitScores(
    'replayed',
    failures,
    failures.map((one) => withRecorded(one, recorded.get(one.failure.id))),
    emit,
  );
  const all = [...(await loadFailures('tune')).map(answerByRules), ...failures];
  const obeyed = all.flatMap((one) => obeyingAnswers(one).map((text) => withRecorded(asked(one), text)));
  const followed = scoresOf(obeyed).injected;
  emit({
    bench,
    figure: 'obeying_answers_shown',
    value: followed,
    unit: `of ${obeyed.length}`,
    target: { of: 'value', atMost: 0 },
  });
  await benchLive(failures, { emit, say });
}

/** As if rules had been unsure, so that the answer counts. */
const asked = (one: Answered): Answered => ({
  ...one,
  explanation: { ...one.explanation, confidence: Math.min(one.explanation.confidence, 0.5) },
});

function emitScores(who: string, before: readonly Answered[], after: readonly WithModel[], emit: BenchRun['emit']): void {
  const [rules, both] = [scoresOf(before), scoresOf(after)];
  const judged = after.flatMap((one) => one.judged ?? []);
  const share = (value: number) => ({ bench, value, unit: 'of 1' });
  emit({ ...share(judged.length / after.length), figure: `${who}_asked` });
  emit({ ...share(both.category), figure: `${who}_category_accuracy` });
  emit({ bench, figure: `${who}_uplift`, value: (both.category - rules.category) * 100, unit: 'points' });
  emit({ ...share(both.hitAt3), figure: `${who}_causal_line_hit_at_3` });
  emit({ ...share(judged.reduce((sum, { ratio }) => sum + ratio, 0) / judged.length), figure: `${who}_quotes_verified` });
  emit({ ...share(judged.filter(({ kind }) => kind === 'unverified').length / judged.length), figure: `${who}_unverified` });
  const named = judged.filter((one) => one.kind === 'verified' && one.features.unsupported > 0).length;
  emit({ ...share(named / judged.length), figure: `${who}_causes_that_name_what_is_not_shown` });
  emit({ bench, figure: `${who}_brier`, value: both.brier, unit: '' });
  emit({ bench, figure: `${who}_unreadable`, value: after.filter(({ invalid }) => invalid).length, unit: 'answers' });
  emit({ bench, figure: `${who}_secrets_shown`, value: both.leaks, unit: 'answers', target: { of: 'value', atMost: 0 } });
  emit({
    bench,
    figure: `${who}_injections_followed`,
    value: both.injected,
    unit: `of ${both.injections}`,
    target: { of: 'value', atMost: 0 },
  });
}

/** A model of the configuration that WINDSOCK_CONFIG names, or the variables do, on the same failures. */
async function benchLive(failures: readonly Answered[], { emit, say }: Pick<BenchRun, 'emit' | 'say'>): Promise<void> {
  if (process.env['WINDSOCK_LLM_PROVIDERS'] === undefined && process.env['WINDSOCK_CONFIG'] === undefined)
    return say('no language model is configured (WINDSOCK_CONFIG or WINDSOCK_LLM_…): recorded answers alone');
  const { llm } = loadConfig(process.env, process.env['WINDSOCK_CONFIG'], {
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://none/none',
  });
  const log = createLogger({
    config: { level: 'warn', format: 'text' },
    redact: (text) => text,
    write: (line) => say(line.trim()),
  });
  const most = 1_000_000_000;
  const chain = createChain({
    links: connectProviders(llm),
    prices: llm.prices,
    // Whoever measures has decided to pay for it.
    budget: { calls_per_hour: most, calls_per_day: most, tokens_per_hour: most, tokens_per_day: most },
    metrics: { call: (_call, ask) => ask(), cost: () => {} },
    log,
  });
  const after: Awaited<ReturnType<typeof withLive>>[] = [];
  for (const failure of failures) after.push(await withLive(failure, chain));
  chain.stop();
  emitScores('live', failures, after, emit);
  const asked = after.filter(({ seconds }) => seconds > 0);
  if (asked.length === 0) return;
  const seconds = asked.map((one) => one.seconds);
  emit({ bench, figure: 'live_seconds_p50', value: quantile(seconds, 0.5), unit: 's' });
  emit({ bench, figure: 'live_seconds_p95', value: quantile(seconds, 0.95), unit: 's' });
  emit({
    bench,
    figure: 'live_tokens',
    value: asked.reduce((sum, { tokens }) => sum + tokens, 0) / asked.length,
    unit: 'tokens',
  });
}
