import { readTags } from '../../collect/list-dags.ts';
import { mildestFirst, type Incident } from '../../incident/incident.ts';
import type { Question } from '../../llm/question.ts';
import type { Tx } from '../../store/store.ts';
import { answerShapes, type ModelAnswer } from './answer-shape.ts';
import { cacheKeyOf, findAnswer, type ModelName } from './calls.ts';
import { loadExamples } from './examples.ts';
import { loadFit, loadHistory } from '../feedback/feedback-rows.ts';
import { judgeAnswer, type Judged, type JudgeOptions } from './judge-answer.ts';
import { promptFor, promptPrint } from './prompt.ts';
import type { PromptsConfig } from './prompts-config.ts';
import type { KeptExplanation } from '../rows.ts';
import { showCase, type Case, type Shown } from './shown.ts';

/** What the configuration says of asking. */
export interface AskSettings {
  prompts: PromptsConfig;
  localOnlyTags: readonly string[];
  /** Hosts whose links may be shown. */
  hosts: ReadonlySet<string>;
  /** The models that may be asked, in their order. */
  models: readonly ModelName[];
  /** Changes when other things are redacted. */
  redaction: string;
}

/** All that a question and its answer are made from. */
export interface Prepared {
  kase: Case;
  shown: Shown;
  localOnly: boolean;
  /** By models, in their order; empty: the error has no signature. */
  cacheKeys: string[];
}

const answerTokens = 700;

const failureKinds: readonly Incident['kind'][] = ['task_failed', 'dag_run_failed', 'failure_rate_high', 'import_error'];

/** The DAG and the task that an incident is about; empty: none. */
export const namesOf = (subject: Incident['subject']): { dagId: string; taskId: string } => ({
  dagId: 'dagId' in subject ? (subject.dagId ?? '') : '',
  taskId: 'taskId' in subject ? (subject.taskId ?? '') : '',
});

function caseOf({ evidence, log, resultA }: KeptExplanation, { kind, subject }: Pick<Incident, 'kind' | 'subject'>): Case {
  return {
    type: failureKinds.includes(kind) ? 'failure' : 'delay',
    ...namesOf(subject),
    evidence,
    log,
    rules: resultA,
  };
}

export async function prepare(
  store: Tx,
  airflow: string,
  { kept, incident }: { kept: KeptExplanation; incident: Incident },
  { prompts, localOnlyTags, models, redaction }: AskSettings,
): Promise<Prepared> {
  const kase = caseOf(kept, incident);
  const tags = (await readTags(store, airflow, [kase.dagId])).get(kase.dagId) ?? [];
  const prompt = promptPrint(kase.type, prompts);
  const { signature } = kept;
  return {
    kase,
    shown: showCase(kase),
    localOnly: tags.some((tag) => localOnlyTags.includes(tag)),
    cacheKeys:
      signature === null || signature === '' ? [] : models.map((model) => cacheKeyOf(signature, model, { prompt, redaction })),
  };
}

/** An earlier answer to the same error, held against this log; undefined: there is none. */
export async function fromCache(
  store: Tx,
  airflow: string,
  { kase, shown, cacheKeys }: Prepared,
  { hosts, signature, now }: { hosts: ReadonlySet<string>; signature: string | null; now: Date },
): Promise<{ judged: Judged; incidentId: string } | undefined> {
  const found = await findAnswer(store, airflow, cacheKeys, now);
  if (found === undefined) return undefined;
  const judged = await judge(store, airflow, { answer: found.answer, kase, shown }, { hosts, signature, cached: true });
  return { judged, incidentId: found.incidentId };
}

export async function judge(
  store: Tx,
  airflow: string,
  { answer, kase, shown }: { answer: ModelAnswer; kase: Case; shown: Shown },
  { hosts, signature, cached }: Pick<JudgeOptions, 'hosts' | 'cached'> & { signature: string | null },
): Promise<Judged> {
  const history =
    signature === null ? { confirmed: 0, refuted: 0 } : await loadHistory(store, airflow, signature, answer.category);
  return judgeAnswer(answer, shown, { rules: kase.rules, hosts, history, fit: await loadFit(store, airflow), cached });
}

/** The question, as a chain takes it. */
export async function questionFor(
  store: Tx,
  airflow: string,
  { kept, incident, prepared }: { kept: KeptExplanation; incident: Incident; prepared: Prepared },
  { prompts, localOnlyTags }: AskSettings,
  nonce: string,
): Promise<Question<ModelAnswer>> {
  const { kase, shown, localOnly, cacheKeys } = prepared;
  const found = await loadExamples(store, airflow, likenessOf(kept, kase), 4);
  const tags = await readTags(
    store,
    airflow,
    found.map(({ dagId }) => dagId),
  );
  // An example is a log, too: that of a DAG whose logs stay at home goes nowhere else, nor that of one that nobody knows any more.
  const mayLeave = (dagId: string): boolean =>
    tags.get(dagId)?.every((tag) => !localOnlyTags.includes(tag)) ?? localOnlyTags.length === 0;
  const confirmed = found.filter(({ dagId }) => localOnly || dagId === kase.dagId || mayLeave(dagId));
  return {
    key: cacheKeys[0] ?? `${kept.incidentId} ${kept.event}`,
    messages: promptFor(kase, shown, { prompts, confirmed, nonce }),
    shape: answerShapes[kase.type],
    maxTokens: answerTokens,
    priority: mildestFirst.indexOf(incident.severity),
    localOnly,
  };
}

const likenessOf = ({ signature, log }: KeptExplanation, { dagId, taskId }: Case) => ({
  signature: signature ?? '',
  errorType: log?.found === true ? (log.failure?.type ?? '') : '',
  dagId,
  taskId,
});
