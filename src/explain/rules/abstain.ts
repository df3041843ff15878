import { shortType } from '../../logs/exceptions.ts';
import { citationsOf } from './cite.ts';
import type { Explanation } from '../explanation.ts';
import { isRead, type MatchInput } from './match-rules.ts';
import type { Reduction } from '../log/reduce-log.ts';

const nothing = {
  source: 'rules',
  category: 'unknown',
  subcategory: '',
  transient: 'unclear',
  alternatives: [],
  rule: null,
  docs: null,
} as const;

const succeeded = /^(?:Marking task as SUCCESS\b|Task exited with return code 0$)/;

/** Only what is surely a name may stand in a sentence of ours. */
const nameOf = (text: string): string => (/^[\w.<>$-]{1,100}$/.test(text) ? text : '');

/** What is said where no rule knows the failure: the error and where it was raised, and what to look at. */
export function abstain({ log, facts }: MatchInput): Explanation {
  const base = { ...nothing, alternatives: [] };
  if (!isRead(log))
    return {
      ...base,
      evidence: [],
      rootCause: 'There is no log of this try, and Airflow’s records do not say what happened.',
      nextSteps: [
        'Look at the worker or the pod at that time: out of memory, eviction, restart, a start that failed.',
        log.why === 'not_there'
          ? 'Check that workers deliver their logs (remote logging, a shared volume), so that the next failure tells more.'
          : 'Make the logs readable for Windsock (airflow.logs), so that the next failure tells more.',
      ],
      confidence: 0.1,
    };
  const { failure } = log;
  if (failure === undefined && log.records.some(({ text }) => succeeded.test(text)))
    return {
      ...base,
      evidence: citationsOf(log),
      rootCause: 'The log tells of a success.',
      nextSteps: ['Take the log of the try that failed: each try has its own.'],
      confidence: 0.1,
    };
  if (failure === undefined)
    return {
      ...base,
      evidence: citationsOf(log),
      rootCause: `The log ends without an error${facts?.state === 'failed' ? ', and yet the task failed' : ''}.`,
      nextSteps: [
        'Look at the worker at that time: a process that is killed says nothing.',
        'Look at the logs of scheduler and executor about this try.',
      ],
      confidence: 0.1,
    };
  return { ...base, evidence: citationsOf(log), ...ofFailure(log, failure), confidence: 0.2 };
}

function ofFailure({ log }: Reduction, failure: NonNullable<Reduction['failure']>): Pick<Explanation, 'rootCause' | 'nextSteps'> {
  const { exception, wrapper, frame, type, codes } = failure;
  const exit = codes.find(({ kind }) => kind === 'exit')?.value;
  const place = frame === undefined ? '' : placeOf(frame.file, frame.line, frame.function);
  if (exception !== undefined && exception !== wrapper) {
    const name = nameOf(shortType(type));
    return {
      rootCause: `${name === '' ? 'An exception' : name} was raised${place}, and nothing in the log says more of the cause.`,
      nextSteps: [
        `Look at the code that raised it${place}, and at what it was given.`,
        log.baselineRuns > 0 ? 'Look at the lines that no successful run has.' : 'Compare the log with that of the last success.',
        'Let the exception say what was expected and what was there, so that the next failure tells more.',
      ],
    };
  }
  return {
    rootCause: `A program or job that the task ran failed${exit === undefined ? '' : ` with exit code ${exit}`}, and did not say why.`,
    nextSteps: [
      'Look at the last lines of its output, and at its own log where it has one.',
      'Let it print its errors to stderr (for a shell script: set -euo pipefail), so that the next failure tells more.',
    ],
  };
}

function placeOf(file: string, line: number, name: string): string {
  const base = nameOf(file.split(/[\\/]/).at(-1) ?? '');
  const by = nameOf(name);
  if (base === '') return '';
  return `${by === '' || by.startsWith('<') ? '' : ` in ${by}`} (${base}${line === 0 ? '' : `:${line}`})`;
}
