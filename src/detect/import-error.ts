import type { ImportFailure } from '../collect/snapshot.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Subject } from './finding.ts';
import { clip, found, named } from './found.ts';

const kind = 'import_error';

/** A DAG file does not parse. It is over when Airflow's list of import errors lacks it, and the list is whole. */
export const importError: Detector<{ snapshot: Pick<Facts['snapshot'], 'importErrors'> }, unknown> = (
  { snapshot: { importErrors } },
  open,
  _settings,
  now,
) => {
  if (importErrors === undefined) return noJudgement();
  const byFile = new Map(importErrors.errors.map((failure) => [failure.filename, failure]));
  const findings = [...byFile.values()].map((failure) => {
    const subject = subjectOf(failure.filename);
    const last = lastLine(failure);
    const event = `error:${clip(withoutAddresses(last), 200)}`;
    const before = open.get(subjectKey(subject));
    // Airflow stamps an error anew with every parse.
    const since = before?.event === event ? before.since : (failure.at ?? now);
    const title = `${named(failure.filename)} does not parse: ${last === '' ? 'Airflow says no more' : last}`;
    return found({ kind, subject, severity: 'error', event, since, title, observed: { value: 1, unit: 'errors' } });
  });
  const cleared: Cleared[] = [];
  // More errors than are read: a file that is not among them may still be broken.
  if (importErrors.errors.length >= importErrors.count) {
    for (const { subject } of open.values()) {
      if (subject.type === 'file' && !byFile.has(subject.file))
        cleared.push({ kind, subject, reason: 'cleared', at: now, text: 'it parses, or it is gone' });
    }
  }
  return { findings, cleared, judged: Math.max(1, byFile.size) };
};

const subjectOf = (file: string): Subject => ({ type: 'file', file });

const lastLine = ({ stacktrace }: ImportFailure): string =>
  stacktrace
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '') ?? '';

/** `<object at 0x7f…>` differs with every parse. */
const withoutAddresses = (line: string): string => line.replaceAll(/\b0x[0-9a-f]+/gi, '0x');
