/** A try that ended, with what may go with its failure. */
export interface Trial {
  runId: string;
  tryNumber: number;
  failed: boolean;
  /** The cluster of its error; null: it succeeded, or nothing is known of the error. */
  clusterId: string | null;
  /** Keys and values: `host`, `pool`, …; what is not known is absent. */
  facts: Readonly<Record<string, string>>;
  /** The environment that it ran in; null: not known. */
  environment: string | null;
}

/**
 * The trials of one task that say something by themselves, in order of their ends: of failures in a row, and of those of one run,
 * only the first, since what broke once goes on being broken; and no later try of a run that failed, since there is one only
 * because it failed.
 */
export function collapse(trials: readonly Trial[]): Trial[] {
  const kept: Trial[] = [];
  let failing = false;
  let failedRun: string | undefined;
  for (const trial of trials) {
    const again = trial.runId === failedRun;
    if (trial.failed) {
      if (!failing && !again) kept.push(trial);
      failing = true;
      failedRun = trial.runId;
    } else {
      failing = false;
      if (!(again && trial.tryNumber > 1)) kept.push(trial);
    }
  }
  return kept;
}
