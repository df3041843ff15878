import { AppError, errorText } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import type { Incident } from '../../incident/incident.ts';
import type { Evidence } from '../explanation.ts';
import type { Circumstances, PartName, Parts } from './circumstances.ts';
import type { Item } from './item.ts';
import { items } from './items.ts';
import { sceneOf, type GatherDeps, type TrySignature } from './scene.ts';

export interface GatherOptions {
  now: Date;
  signal?: AbortSignal;
  /** What earlier tries failed of, where it is known. */
  signatures?: readonly TrySignature[];
  /** For all of it; what is not read by then is left out. */
  deadlineMs?: number;
}

const names = Object.keys(items) as PartName[];

/**
 * What is known round an incident besides logs: at most a dozen short reads of Airflow by index, and some of our store. An item
 * that cannot be read is left out and named: this never fails.
 */
export async function gatherCircumstances(
  deps: GatherDeps,
  incident: Incident,
  { now, signal, signatures, deadlineMs = 10_000 }: GatherOptions,
): Promise<Circumstances> {
  const scene = sceneOf(deps, incident, { now, ...(signatures === undefined ? {} : { signatures }) });
  const ended = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])]);
  const found: Circumstances = { at: now.toISOString(), missing: [] };
  // One after the other: Airflow's database lends us two connections, and the cycle needs one.
  for (const name of names) await take(name, () => items[name].gather(scene), found, ended);
  return found;
}

async function take<Name extends PartName>(
  name: Name,
  gather: () => Promise<Parts[Name] | null>,
  found: Circumstances,
  ended: AbortSignal,
): Promise<void> {
  try {
    ended.throwIfAborted();
    const part = await within(gather(), ended);
    if (part !== null) Object.assign(found, { [name]: part });
  } catch (error) {
    const why = ended.aborted ? 'there was no time left' : error instanceof AppError ? error.message : errorText(error);
    found.missing.push({ id: items[name].id, why: redact(why) });
  }
}

/** What `work` gives, or the signal's reason when it comes first. */
function within<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The longest line of evidence. */
const textMax = 600;

/** The circumstances as evidence, a line an item; what says nothing is left out. */
export function tellEvidence(circumstances: Circumstances): Evidence[] {
  return names.flatMap((name) => tellOne(name, items[name] as Item<typeof name>, circumstances));
}

function tellOne<Name extends PartName>(name: Name, item: Item<Name>, circumstances: Circumstances): Evidence[] {
  const part = circumstances[name] as Parts[Name] | undefined;
  if (part === undefined) return [];
  const clauses = item.tell(part, new Date(circumstances.at));
  // Whole clauses only: what is cut in the middle may say something else.
  let text = '';
  for (const clause of clauses) {
    const longer = text === '' ? clause : `${text}; ${clause}`;
    if (longer.length > textMax) break;
    text = longer;
  }
  return text === '' ? [] : [{ id: item.id, text: redact(text) }];
}
