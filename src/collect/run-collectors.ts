import type { AirflowDatabase } from '../airflow/connect.ts';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { runCollector, type CollectorInput } from './collector.ts';
import { collectors } from './collectors.ts';
import type { CollectorReport, Snapshot } from './snapshot.ts';

type Name = keyof typeof collectors;

export interface CollectorsRun {
  parts: Partial<Snapshot>;
  reports: CollectorReport[];
  /** Collectors for which this transaction had no time left. */
  pending: Name[];
}

/** A collector begins in the cycle's transaction while this much of its time is left. */
const reserveMs = 150;

/** Runs every collector inside the transaction at hand, as long as its time allows. */
export async function runCollectors(input: CollectorInput, clock: Clock): Promise<CollectorsRun> {
  const run: CollectorsRun = { parts: {}, reports: [], pending: [] };
  for (const name of Object.keys(collectors) as Name[]) {
    if (input.read.leftMs() < reserveMs) run.pending.push(name);
    else add(run, await runCollector(name, collectors[name], input, clock));
  }
  return run;
}

/** Runs what is pending, each in a transaction of its own: a slow collector must not cost the others. */
export async function runPending(
  airflow: AirflowDatabase,
  { parts, reports, pending }: CollectorsRun,
  input: Omit<CollectorInput, 'read'>,
  clock: Clock,
): Promise<Omit<CollectorsRun, 'pending'>> {
  const run: CollectorsRun = { parts, reports: [...reports], pending: [] };
  for (const name of pending) {
    await airflow
      .read((read) => runCollector(name, collectors[name], { ...input, read }, clock))
      .then(
        (done) => add(run, done),
        (error: unknown) => run.reports.push({ collector: name, ok: false, seconds: 0, error: redact(errorText(error)) }),
      );
  }
  return run;
}

function add(run: CollectorsRun, done: Awaited<ReturnType<typeof runCollector>>): void {
  if (done === null) return;
  run.parts = { ...run.parts, ...done.part };
  run.reports.push(done.report);
}
