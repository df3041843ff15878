import { z } from 'zod';
import { duration } from '../lib/config-types.ts';
import { severities } from './finding.ts';
import { kindNames } from './kinds.ts';

const kind = z.enum(kindNames);
const glob = z.string().min(1);
const samples = (least: number, usual: number) => z.number().int().min(least).max(60).default(usual);
const minRatio = z.number().min(1).max(100);

/** Which DAGs and tasks an override is about; what is not given matches everything. */
const match = z.strictObject({
  dags: z.array(glob).default([]).describe('DAG ids, with * and ?; empty: all.'),
  tasks: z.array(glob).default([]).describe('Task ids, with * and ?; empty: all, and the DAG itself.'),
  owners: z.array(z.string()).default([]).describe('Owners of the DAG; empty: all.'),
  tags: z.array(z.string()).default([]).describe('Tags of the DAG, any of them; empty: all.'),
});

const override = z.strictObject({
  match: match.prefault({}),
  disable: z.array(kind).default([]).describe('Kinds that are not reported here.'),
  enable: z.array(kind).default([]).describe('Kinds that are reported here although they are disabled elsewhere.'),
  sensitivity: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('More (2) or fewer (0.5) false alerts than the budget gives to these.'),
  min_ratio: minRatio.optional().describe('As `z_score.min_ratio`, for these.'),
  min_excess: duration().optional().describe('As `z_score.min_excess`, for these.'),
  low_side: z.boolean().optional().describe('As `z_score.low_side`, for these.'),
  stuck_after: duration({ minMs: 1000 }).optional().describe('As `detect.stuck_after`, for these.'),
  late_after: duration({ minMs: 1000 }).optional().describe('As `detect.late_after`, for these.'),
  silent_after: duration({ minMs: 1000 }).optional().describe('As `detect.silent_after`, for these.'),
});

/** What counts as wrong, and how sure one must be. */
export const detectConfig = z
  .strictObject({
    false_alerts_per_week: z
      .number()
      .min(0.01)
      .max(10_000)
      .default(5)
      .describe(
        'False alerts a week, in all, that you accept from what is judged by statistics: z_score, running_long, trend, pattern, failure_rate, dag_late. Tasks share it evenly, however often they run. How sure each detector must be follows from it; `windsock check` shows it.',
      ),
    disabled: z.array(kind).default([]).describe('Kinds that are not reported, such as trend or task_slow.'),
    min_severity: z
      .partialRecord(kind, z.enum(severities))
      .default({})
      .describe('By kind: findings milder than this are not reported.'),
    stuck_after: duration({ minMs: 1000 })
      .prefault('10m')
      .describe('A task queued for this long is stuck; one scheduled with free slots in its pool, after three times this.'),
    pool_starved_after: duration({ minMs: 1000 })
      .prefault('5m')
      .describe('A pool without a free slot is starved when a task has waited for this long.'),
    late_after: duration({ minMs: 1000 })
      .prefault('15m')
      .describe(
        'How long after it was due a run may start, and a success may come, where history (and `running_long`) does not say more.',
      ),
    silent_after: duration({ minMs: 1000 })
      .prefault('30m')
      .describe('How long a DAG that ran regularly may be gone, paused, hidden by an import error or without a next run.'),
    z_score: z
      .strictObject({
        min_samples: samples(5, 7).describe('Successful tries needed before the prediction interval is used.'),
        min_ratio: minRatio.default(1.5).describe('A slow task takes at least this many times its median.'),
        min_excess: duration().prefault('30s').describe('A slow task takes at least this much longer than its median.'),
        low_side: z.boolean().default(false).describe('Whether far too fast is reported too; often an empty input.'),
        low_ratio: z.number().positive().max(1).default(0.5).describe('A fast task takes less than this share of its median.'),
      })
      .prefault({})
      .describe('task_slow: finished tries above the prediction interval of their own history.'),
    running_long: z
      .strictObject({
        min_samples: samples(5, 7).describe('Successful tries needed before the prediction interval is used.'),
        min_ratio: minRatio.default(1.5).describe('It runs for at least this many times its median.'),
        min_excess: duration().prefault('5m').describe('It runs at least this much longer than its median.'),
      })
      .prefault({})
      .describe('task_running_long: tries that run beyond the prediction interval of their own history.'),
    trend: z
      .strictObject({
        min_samples: samples(10, 20).describe('Successful tries needed before a drift is looked for.'),
        min_change: z.number().positive().max(10).default(0.2).describe('Least change that counts: 0.2 is 20 %.'),
      })
      .prefault({})
      .describe('trend: durations that drift, or have shifted to a new level.'),
    pattern: z
      .strictObject({
        min_weeks: z.number().int().min(2).max(52).default(4).describe('Weeks of history needed for a profile.'),
        min_per_bucket: z.number().int().min(2).max(50).default(4).describe('Runs needed in each hour or weekday of it.'),
        min_ratio: minRatio.default(1.5).describe('It must be off its profile by at least this factor.'),
      })
      .prefault({})
      .describe('pattern_broken: durations, numbers of runs or mapped tasks that break their hour or weekday profile.'),
    failure_rate: z
      .strictObject({
        min_failures: z.number().int().min(2).max(1000).default(2).describe('Failures needed before their share is judged.'),
      })
      .prefault({})
      .describe('failure_rate_high: more failures than the usual share of them explains.'),
    overrides: z
      .array(override)
      .default([])
      .describe('Other settings for some DAGs or tasks; where several match, the last that names a setting wins.'),
  })
  .prefault({});

export type DetectConfig = z.output<typeof detectConfig>;
