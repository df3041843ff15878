import type { Config } from '../../config.ts';
import { explainByRules } from '../../explain/rules/explain-by-rules.ts';
import { compileOwnRules } from '../../explain/rules/own-rules.ts';
import { reduceLines } from '../../explain/log/reduce-log.ts';
import { learnBaseline } from '../../logs/baseline.ts';
import { parseLog } from '../../logs/parse-log.ts';
import type { LogRecord } from '../../logs/record.ts';
import { createRedactor, type RedactorOptions } from '../../redact/redactor.ts';
import type { Answer } from './answer.ts';
import { nameOf, readLogFile } from './read-log-file.ts';

export interface FileOptions {
  log: string;
  /** Logs of earlier successes, oldest first. */
  baselines: readonly string[];
  /** Undefined: as the log tells it, if it does. */
  operator: string | undefined;
  /** Undefined: nothing is configured. */
  config: Pick<Config, 'explain' | 'redact'> | undefined;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}

/** Explains a log file by rules, offline: nothing but the files is read. */
export async function explainFile({ log: file, baselines, operator, config, now }: FileOptions): Promise<Answer> {
  const began = now();
  const redaction = redactionOf(config);
  const redactor = createRedactor(redaction);
  const lines = await readLogFile(file, redactor);
  const runs: LogRecord[][] = [];
  for (const each of baselines) runs.push([...parseLog(await readLogFile(each, createRedactor(redaction)))]);
  const read = now();
  const baseline = runs.length === 0 ? undefined : learnBaseline(runs);
  const named = operator ?? operatorOf(lines) ?? 'unknown';
  const reduction = reduceLines(lines, { place: nameOf(file), operator: named, baseline, redactions: () => redactor.counts() });
  const reduced = now();
  const own = compileOwnRules(config?.explain.rules ?? []);
  const explanation = explainByRules({ log: reduction, facts: undefined, own });
  const end = now();
  return {
    explanation,
    log: reduction.log,
    evidence: [],
    localOnly: false,
    severity: reduction.failure === undefined ? 'info' : 'error',
    timings: {
      read_ms: round(read - began),
      reduce_ms: round(reduced - read),
      rules_ms: round(end - reduced),
      total_ms: round(end - began),
    },
  };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

export const redactionOf = (config: Pick<Config, 'redact'> | undefined): RedactorOptions =>
  config === undefined ? {} : { personal: config.redact.personal_data, patterns: config.redact.patterns };

/** Airflow 2 names the operator where a task begins. */
const operatorOf = (lines: readonly string[]): string | undefined =>
  lines
    .slice(0, 200)
    .map((line) => /\bExecuting <(?:Task\(|Mapped\()([A-Za-z_]\w{0,100})\)/.exec(line)?.[1])
    .find((name) => name !== undefined);
