import type { ParseError } from '../evidence/surroundings.ts';
import { parseText } from '../evidence/items/changes.ts';
import { downText, wordsOf } from '../evidence/items/platform.ts';
import { clockTime, counted, hostName, some } from '../evidence/words.ts';
import type { Explanation } from '../explanation.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';

/** What stands still without a component. */
const without: Readonly<Record<string, string>> = {
  scheduler: 'no run is created and no task is started',
  triggerer: 'deferred tasks are not woken',
  dag_processor: 'new and changed DAG files are not read',
};

const componentOf = ({ incident: { subject }, circumstances: { platform } }: Case) => {
  const name = subject.type === 'component' ? subject.component : '';
  return { name, own: platform?.components.find(({ component }) => component === name) };
};

/** Others of the same host are down with it, or all of them. */
const hostDown: Suspect = (each) => {
  const { own } = componentOf(each);
  const down = (each.circumstances.platform?.components ?? []).filter(({ up }) => !up);
  if (own === undefined || down.length < 2) return null;
  const same = own.host !== null && down.every(({ host }) => host === own.host);
  const names = some(down.map(({ component }) => wordsOf(component)));
  return {
    category: 'platform',
    subcategory: same ? 'host_down' : 'several_down',
    sentence: `${names} are down at once${same ? `, all on ${hostName(own.host ?? '')}: that host is probably down` : ': what they share is probably down, such as their host, network or release'}`,
    shownBy: down.map(({ component }) => ['E9', new RegExp(`${wordsOf(component)}.*(?:is down|never)`)] as const),
    steps: [
      same ? `Look at ${hostName(own.host ?? '')}` : 'Look at the hosts or pods of these components',
      'See whether a deployment or an upgrade is under way',
    ],
    transient: 'unclear',
    weight: weights.compared,
  };
};

/** A component sends no heartbeats. */
export function explainComponent(each: Case): Explanation {
  const { name, own } = componentOf(each);
  const said = own === undefined || own.up ? `${nameOf(each.incident)} sent no heartbeat in time` : downText(own, each.at);
  return conclude(each, [hostDown], {
    category: 'platform',
    subcategory: `${name || 'component'}_down`,
    sentence: `${said}: ${without[name] ?? 'its work stands still'} until it is back`,
    shownBy: [
      ['E9', new RegExp(`${wordsOf(name)}.*(?:is down|never)`)],
      ['E9', /up$/],
    ],
    steps: [
      `Look at ${own?.host == null ? `the process or pod of ${nameOf(each.incident)}` : hostName(own.host)}: is it running, was it killed for its memory?`,
      'Read the last lines of its log, and restart it',
    ],
    transient: 'unclear',
    weight: weights.compared,
  });
}

interface ParseCause {
  test: RegExp;
  subcategory: string;
  step: (error: ParseError) => string;
}

/** What a message quotes: a module, a name, a key; Airflow quotes a whole sentence about a variable. */
const nameIn = (message: string): string => {
  const quote = /['"`]([^'"`]{1,80})['"`]/.exec(message)?.[1] ?? '';
  return /^Variable (\S+) does not exist$/.exec(quote)?.[1] ?? quote;
};

const parseCauses: readonly ParseCause[] = [
  {
    test: /ModuleNotFoundError|No module named/,
    subcategory: 'missing_module',
    step: ({ message }) =>
      `Make ${nameIn(message) || 'the module'} importable where DAG files are parsed: install it, deploy it, or correct the import`,
  },
  {
    test: /ImportError/,
    subcategory: 'import_error',
    step: ({ message }) => `See whether ${nameIn(message) || 'the name'} still exists in the installed version of its package`,
  },
  {
    test: /SyntaxError|IndentationError|TabError/,
    subcategory: 'syntax_error',
    step: () => 'Correct the syntax at the line named',
  },
  {
    test: /AirflowNotFoundException|conn_id/,
    subcategory: 'missing_connection',
    step: () => 'Make the connection, and read connections in tasks, not while the file is parsed',
  },
  {
    test: /KeyError/,
    subcategory: 'missing_variable',
    step: ({ message }) =>
      `Make the variable or key ${nameIn(message) || message}, and read variables in tasks, not while the file is parsed`,
  },
  {
    test: /Timeout/,
    subcategory: 'parse_timeout',
    step: () => 'Move slow work (network, databases) out of the top level of the file',
  },
  {
    test: /Duplicate|AirflowDagDuplicatedIdException/,
    subcategory: 'duplicate_dag',
    step: () => 'Give one of the two DAGs another id',
  },
];

const doesNotParse: Suspect = (each) => {
  const error = each.circumstances.changes?.importError ?? null;
  if (error === null) return null;
  const found = parseCauses.find(({ test }) => test.test(`${error.type}: ${error.message}`));
  const where = error.place === null ? error.file : `${error.place.file} line ${error.place.line}`;
  return {
    category: 'configuration_error',
    subcategory: found?.subcategory ?? 'import_error',
    sentence: parseText(error),
    shownBy: [['E8', /does not parse/]],
    steps: [found === undefined ? `Mend ${where}` : found.step(error), `Check with: python ${error.place?.file ?? error.file}`],
    transient: /Timeout/.test(error.type) ? 'unclear' : 'no',
    weight: error.type === 'an error' ? weights.compared : weights.stated,
  };
};

/** A DAG file does not parse. */
export const explainImport = (each: Case): Explanation => conclude(each, [doesNotParse], unread(each));

function unread(each: Case): Cause {
  return {
    category: 'configuration_error',
    subcategory: 'import_error',
    sentence: each.finding.title.replace(/\.$/, ''),
    shownBy: [['E8']],
    steps: [`Read the import error of ${nameOf(each.incident)} in Airflow`],
    transient: 'no',
    weight: weights.likely,
  };
}

/** A run failed and none of its tasks did. */
export const explainRunFailed = (each: Case): Explanation =>
  conclude(each, [byPerson, timedOut, deadlocked], {
    category: 'unknown',
    subcategory: 'run_failed',
    sentence: `${nameOf(each.incident)} failed without a failed task, and what is left of the run does not say whether it ran out of time or got stuck`,
    shownBy: [
      ['E6', /^run /],
      ['E5', /median/],
    ],
    steps: ['Look in the log of the scheduler for this run: it says "timed out" or "deadlock"'],
    transient: 'unclear',
    weight: weights.guess,
  });

const byPerson: Suspect = (each) => {
  const { changes, run } = each.circumstances;
  const action = changes?.actions.find(({ deed, runId }) => deed === 'mark' && run !== undefined && runId === run.runId);
  if (action === undefined) return null;
  return {
    category: 'unknown',
    subcategory: 'person_marked',
    sentence: `${action.who ?? 'somebody'} set the state of run ${action.runId ?? ''} at ${clockTime(action.at, each.at)}`,
    shownBy: [['E8', /set the state/]],
    steps: [`Ask ${action.who ?? 'who did it'} whether it was meant`],
    transient: 'no',
    weight: weights.compared,
  };
};

/** A timeout ends what has not ended as skipped (facts §2.3). */
const timedOut: Suspect = (each) => {
  const { run } = each.circumstances;
  const skipped = run?.states['skipped'] ?? 0;
  const unfinished = (run?.states['none'] ?? 0) + (run?.states['upstream_failed'] ?? 0);
  if (run === undefined || skipped === 0 || unfinished > 0) return null;
  const slow = run.ended.find(({ seconds, usualSeconds }) => (seconds ?? 0) > 1.5 * (usualSeconds ?? Infinity));
  return {
    category: 'timeout_error',
    subcategory: 'dagrun_timeout',
    sentence: `run ${run.runId} ran out of its time (dagrun_timeout): ${counted(skipped, 'task')} ${skipped === 1 ? 'was' : 'were'} skipped when it ended${slow === undefined ? '' : `, after ${slow.taskId} had taken longer than usual`}`,
    shownBy: [
      ['E6', /skipped/],
      ['E6', /slower than usual/],
    ],
    steps: [
      'See which task took the time, and clear the run if its result is still needed',
      'Raise dagrun_timeout if such runs are normal',
    ],
    transient: 'unclear',
    weight: weights.compared - 0.05,
  };
};

const deadlocked: Suspect = (each) => {
  const { run } = each.circumstances;
  const never = run?.states['none'] ?? 0;
  if (run === undefined || never === 0) return null;
  return {
    category: 'configuration_error',
    subcategory: 'deadlock',
    sentence: `run ${run.runId} is deadlocked: ${counted(never, 'task')} never ran, since what ${never === 1 ? 'it waits' : 'they wait'} for can no longer happen (trigger rules, removed tasks, depends_on_past)`,
    shownBy: [
      ['E6', /not yet scheduled/],
      ['E6', /^run waits for|the run waits/],
    ],
    steps: [
      'Look at trigger rules and depends_on_past of the tasks that never ran',
      'See whether a task was removed from the DAG while the run was open',
    ],
    transient: 'no',
    weight: weights.compared,
  };
};
