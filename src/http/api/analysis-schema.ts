import { z } from '@hono/zod-openapi';
import type { AnalysisReport } from '../../patterns/found.ts';
import type { Pattern } from '../../patterns/find-patterns.ts';

const keyValue = z.object({ key: z.string(), value: z.string() });

const patternSchema = keyValue
  .extend({
    cluster: z.string().nullable().describe('The cluster whose failures they are; null: all failures.'),
    also: z.array(keyValue).describe('What goes with exactly the same tries: nothing tells which of them it is.'),
    odds_ratio: z
      .number()
      .nullable()
      .describe('How many times as high it makes the odds of failure; null: nothing failed without it.'),
    low: z.number().describe('Lower end of its 95 % interval; 0 where that is not known.'),
    high: z.number().nullable().describe('Its upper end; null where there is none.'),
    p: z.number(),
    q: z.number().describe('The share of false ones among patterns as sure as this.'),
    failed_with: z.int(),
    tries_with: z.int(),
    failed_without: z.int(),
    tries_without: z.int(),
    tasks: z.int().describe('Tasks in which both the value and failure vary: only they count.'),
  })
  .openapi('Pattern');

export const analysisSchema = z
  .object({
    analysed_at: z.iso.datetime().nullable().describe('Null before the first analysis.'),
    tries: z.int(),
    failures: z.int(),
    tasks: z.int(),
    tests: z.int(),
    patterns: z.array(patternSchema).describe('The surest first.'),
    untested: z
      .array(z.object({ key: z.string(), reason: z.enum(['constant', 'one_task', 'few_failures', 'follows_failure']) }))
      .describe('Keys that could not be tested: constant in each task, different in one task only, too few failures.'),
  })
  .openapi('PatternAnalysis');

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const patternJson = (pattern: Pattern): z.output<typeof patternSchema> => ({
  key: pattern.key,
  value: pattern.value,
  cluster: pattern.clusterId === '' ? null : pattern.clusterId,
  also: pattern.also,
  odds_ratio: finite(pattern.oddsRatio),
  low: pattern.low,
  high: finite(pattern.high),
  p: pattern.p,
  q: pattern.q,
  failed_with: pattern.failedWith,
  tries_with: pattern.triesWith,
  failed_without: pattern.failedWithout,
  tries_without: pattern.triesWithout,
  tasks: pattern.tasks,
});

export const analysisJson = (report: AnalysisReport | undefined): z.output<typeof analysisSchema> => ({
  analysed_at: report?.at.toISOString() ?? null,
  tries: report?.tries ?? 0,
  failures: report?.failures ?? 0,
  tasks: report?.tasks ?? 0,
  tests: report?.tests ?? 0,
  patterns: report?.patterns.map(patternJson) ?? [],
  untested: report?.untested ?? [],
});
