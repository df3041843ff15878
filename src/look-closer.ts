import type { AirflowDatabase } from './airflow/connect.ts';
import { probe, type Shape } from './airflow/probe.ts';
import { readTaskStates } from './airflow/read-run-states.ts';
import { readVersions } from './airflow/read-versions.ts';
import type { CloserLook, CloserView } from './http/sources.ts';
import { errorText } from './lib/errors.ts';
import { redact } from './redact/redact.ts';

/** Versions of one DAG that are read: more than a chart can mark. */
const versionsMax = 30;

export interface LookCloserOptions {
  airflow: AirflowDatabase;
  /** As the last cycle found it; null on a follower, which has to look by itself. */
  shape: () => Shape | null;
}

/** Answers what a page asks of Airflow itself, one question after the other, so that pages take one connection at most. */
export function createCloserLook({ airflow, shape }: LookCloserOptions): (look: CloserLook) => Promise<CloserView> {
  let probed: Shape | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  async function answer({ run, taskIds, dagId }: CloserLook): Promise<CloserView> {
    try {
      return await airflow.read(async (read) => {
        const known = shape() ?? (probed ??= await probe(read));
        return {
          ok: true,
          states: run === null ? [] : await readTaskStates(read, { dagId, runId: run }, taskIds),
          versions: await readVersions(read, known, dagId, versionsMax),
        };
      });
    } catch (error) {
      // A follower may meet an Airflow that was upgraded since.
      probed = null;
      return { ok: false, reason: redact(errorText(error)) };
    }
  }

  return (look) => {
    const answered = turn.then(() => answer(look));
    turn = answered;
    return answered;
  };
}
