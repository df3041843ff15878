// Reads the set as it is committed, with the canary secrets back in place.
import { readFile } from 'node:fs/promises';
import { showCanaries } from './canaries.ts';
import { labelsSchema, type Labels, type LogLabel } from './labels.ts';

export const FIXTURES = new URL('../../fixtures/failures/', import.meta.url);

/** All labels. */
export async function loadLabels(): Promise<Labels> {
  return labelsSchema.parse(JSON.parse(await readFile(new URL('labels.json', FIXTURES), 'utf8')));
}

/** The text of one file of the set. */
async function loadLog(file: string): Promise<string> {
  return showCanaries(await readFile(new URL(file, FIXTURES), 'utf8'));
}

export type Failure = LogLabel & {
  /** null where there is no log */
  log: string | null;
  baselineLogs: string[];
};

/** The failures of one part, or of both. Line ranges of the labels count lines of `log`. */
export async function loadFailures(part?: LogLabel['part']): Promise<Failure[]> {
  const { logs } = await loadLabels();
  const wanted = logs.filter((one) => part === undefined || one.part === part);
  return Promise.all(
    wanted.map(async (one) => ({
      ...one,
      log: one.file === null ? null : await loadLog(one.file),
      baselineLogs: await Promise.all(one.baselines.map(loadLog)),
    })),
  );
}
