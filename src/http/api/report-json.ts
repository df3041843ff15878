import type { z } from '@hono/zod-openapi';
import type { PastIncident } from '../../incident/read-period.ts';
import type { TaskTotals } from '../../measure/read-days.ts';
import { redactedJson } from '../../redact/redact.ts';
import type { Period } from '../../report/period.ts';
import type { CauseGroup, Report, ToldIncident, TookCompared } from '../../report/report.ts';
import type { reportSchema } from './report-schema.ts';

type ReportJson = z.output<typeof reportSchema>;

const periodJson = ({ first, last, from, to }: Period) => ({ first, last, from: from.toISOString(), to: to.toISOString() });
const incidentJson = ({ id, kind, subject, severity, state, title, openedAt, resolvedAt, recurrences }: PastIncident) => {
  const times = { opened_at: openedAt.toISOString(), resolved_at: resolvedAt?.toISOString() ?? null };
  return { id, kind, subject: { ...subject }, severity, state, title, ...times, recurrences };
};
const toldJson = ({ cause, ...incident }: ToldIncident) => ({
  ...incidentJson(incident),
  cause:
    cause === null
      ? null
      : {
          category: cause.category,
          cause: cause.cause,
          certainty: cause.certainty,
          proof: cause.proof,
          next_step: cause.nextStep,
        },
});
const tookJson = ({ count, meanSeconds, medianSeconds }: TookCompared) => ({
  incidents: count,
  mean_seconds: meanSeconds,
  median_seconds: medianSeconds,
});
const taskJson = ({ dagId, taskId, success, failure, retry, healed, seconds, failedSeconds }: TaskTotals) => ({
  dag_id: dagId,
  task_id: taskId,
  success,
  failure,
  retry,
  healed,
  seconds,
  failed_seconds: failedSeconds,
});
const groupJson = ({ category, incidents, count, items }: CauseGroup) => ({
  category,
  incidents,
  count,
  items: items.map(toldJson),
});

function slowerJson({ shifts, tasks, incidents }: Report['slower']): ReportJson['slower'] {
  return {
    shifts: {
      compared: shifts.compared,
      count: shifts.count,
      items: shifts.items.map(({ dagId, taskId, mapped, at, fromSeconds, toSeconds }) => ({
        dag_id: dagId,
        task_id: taskId,
        mapped,
        at: at.toISOString(),
        from_seconds: fromSeconds,
        to_seconds: toSeconds,
      })),
    },
    tasks: {
      count: tasks.count,
      items: tasks.items.map(({ dagId, taskId, now, before, baseline, lostSeconds }) => ({
        dag_id: dagId,
        task_id: taskId,
        median: now,
        before,
        baseline,
        lost_seconds: lostSeconds,
      })),
    },
    incidents: { compared: incidents.compared, count: incidents.count, items: incidents.items.map(toldJson) },
  };
}

function slasJson({ counts, count, items }: Report['slas']): ReportJson['slas'] {
  return {
    judged: { now: counts.judged, before: counts.judgedBefore },
    below: { now: counts.below, before: counts.judgedBefore === 0 ? null : counts.belowBefore },
    count,
    items: items.map((each) => ({
      sla: each.sla,
      kind: each.kind,
      dag_id: each.dagId,
      task_id: each.taskId,
      state: each.state,
      objective: each.objective,
      total: { now: each.total, before: each.totalBefore },
      bad: { now: each.bad, before: each.badBefore },
      budget_left_runs: each.budgetLeftRuns,
      standing: each.standing,
    })),
  };
}

function triesJson({
  all,
  failed,
  final,
  successRatio,
  seconds,
  failedSeconds,
  failedShare,
  costliest,
}: Report['tries']): ReportJson['tries'] {
  const list = { count: costliest.count, items: costliest.items.map(taskJson) };
  return {
    all,
    failed,
    final,
    success_ratio: successRatio,
    seconds,
    failed_seconds: failedSeconds,
    failed_share: failedShare,
    costliest: list,
  };
}

const modelsJson = ({ calls, tokens, cost, isCut, byModel }: Report['models']): ReportJson['models'] => ({
  calls,
  tokens,
  cost,
  is_cut: isCut,
  by_model: byModel.map(({ inputTokens, outputTokens, ...each }) => ({
    ...each,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
  })),
});

/** A report as the API and `windsock report --json` show it; its texts are redacted. */
export function reportJson(report: Report): ReportJson {
  const { period, before, deployment, failures, ignored, forgotten, quiet, noisiest, flakiest } = report;
  const json: ReportJson = {
    kind: period.kind,
    airflow: deployment,
    time_zone: period.timeZone,
    period: periodJson(period),
    before: periodJson(before),
    made_at: report.madeAt.toISOString(),
    is_over: report.isOver,
    tries_since: report.triesSince?.toISOString() ?? null,
    incidents_since: report.incidentsSince?.toISOString() ?? null,
    failures: { incidents: failures.incidents, causes: failures.groups.map(groupJson) },
    slower: slowerJson(report.slower),
    slas: slasJson(report.slas),
    acknowledge: tookJson(report.acknowledge),
    resolve: tookJson(report.resolve),
    ignored: { told: ignored.told, compared: ignored.compared, count: ignored.count, items: ignored.items.map(incidentJson) },
    forgotten: {
      given_back: forgotten.givenBack,
      count: forgotten.count,
      items: forgotten.items.map(({ acknowledgedAt, acknowledgedBy, ...incident }) => ({
        ...incidentJson(incident),
        acknowledged_at: acknowledgedAt.toISOString(),
        acknowledged_by: acknowledgedBy,
      })),
    },
    suppressed: { count: quiet.count, items: quiet.items },
    noisiest: {
      count: noisiest.count,
      items: noisiest.items.map(({ subject, incidents, times }) => ({ subject: { ...subject }, incidents, times })),
    },
    flakiest: { healed: flakiest.healed, count: flakiest.count, items: flakiest.items.map(taskJson) },
    tries: triesJson(report.tries),
    models: modelsJson(report.models),
  };
  return JSON.parse(redactedJson(json)) as ReportJson;
}
