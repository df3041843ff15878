import type { ShortCause } from '../explain/causes.ts';
import { mildestFirst, type Incident } from '../incident/incident.ts';
import { isPromise } from '../incident/words.ts';
import { redact } from '../redact/redact.ts';

/** One alert as Alertmanager's API v2 takes it, without its times. */
export interface Alert {
  incidentId: string;
  severity: Incident['severity'];
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  generatorURL: string;
}

const summaryMax = 200;
const descriptionMax = 1000;
const annotationMax = 2000;
const smsMax = 160;
const proofMax = 300;
const impactMax = 400;

export interface AlertContext {
  publicUrl: string;
  /** What explains incidents, by id, as far as it is known. */
  causes?: ReadonlyMap<string, ShortCause>;
}

/**
 * The alerts of an incident: one with the labels it opened with, and, once its severity rose, a companion with the new one;
 * companions that were `told` on the way stay, since "resolved" would be a lie. Labels never change while it is open: they
 * are the alert's identity. Annotations are redacted, capped, and hold no key without a value.
 */
export function alertsOf(
  incident: Incident,
  { publicUrl, causes }: AlertContext,
  told: ReadonlySet<string> = new Set(),
): Alert[] {
  const { first, alertSeverity } = incident;
  const wanted = mildestFirst.filter((each) => each === first.severity || each === alertSeverity || told.has(each));
  const annotations = annotationsOf(incident, publicUrl, causes?.get(incident.id));
  return wanted.map((severity) => ({
    incidentId: incident.id,
    severity,
    labels: { ...incident.labels, severity },
    annotations,
    generatorURL: incidentUrl(publicUrl, incident.id),
  }));
}

/** An alert that says that it is over, and since when: for who hears of it only now. */
export function overBy(alert: Alert, endedAt: Date): Alert {
  const ended = endedAt.toISOString();
  const { summary = '', description = '', sms = '' } = alert.annotations;
  const already = `Over since ${ended.slice(0, 16).replace('T', ' ')} UTC: `;
  return {
    ...alert,
    annotations: {
      ...alert.annotations,
      summary: cap(already + summary, summaryMax),
      description: cap(`It was over at ${ended}; no Alertmanager took alerts while it lasted. ${description}`, descriptionMax),
      sms: cap(already + sms, smsMax),
      ended_at: ended,
    },
  };
}

/** Where the page of an incident is. */
export const incidentUrl = (publicUrl: string, id: string): string =>
  new URL(`incidents/${encodeURIComponent(id)}`, publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`).href;

function annotationsOf(incident: Incident, publicUrl: string, cause: ShortCause | undefined): Record<string, string> {
  const { latest, recurrences, title } = incident;
  const { occasion, observed, expected } = latest;
  const all: Record<string, string> = {
    summary: cap(redact(title), summaryMax),
    description: cap(redact(describe(incident, cause)), descriptionMax),
    sms: cap(redact(`${incident.labels['alertname'] ?? ''}: ${title}`), smsMax),
    incident_url: incidentUrl(publicUrl, incident.id),
    since: latest.since.toISOString(),
    run_id: occasion?.runId ?? '',
    try: occasion?.tryNumber === null || occasion?.tryNumber === undefined ? '' : String(occasion.tryNumber),
    observed: observed === null ? '' : `${short(observed.value)} ${observed.unit.replaceAll('_', ' ')}`,
    expected: expected === null ? '' : latest.n > 0 && !isPromise(latest.kind) ? describeBand(expected) : describeLimit(expected),
    recurrences: recurrences === 0 ? '' : String(recurrences),
    ...causeTexts(cause),
  };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, cap(redact(value), annotationMax)]),
  );
}

/** Why it is, what shows that, what to do, and who is affected; nothing while it is not known. */
function causeTexts(cause: ShortCause | undefined): Record<string, string> {
  if (cause === undefined) return {};
  return {
    cause: cause.cause,
    cause_category: cause.category,
    confidence: cause.certainty,
    proof: cap(redact(cause.proof ?? ''), proofMax),
    next_step: cause.nextStep ?? '',
    impact: cap(redact(cause.impact ?? ''), impactMax),
  };
}

/** Four digits are enough to act on. */
const short = (value: number): string => String(Number(value.toPrecision(4)));

function describeBand({ lower, middle, upper }: NonNullable<Incident['latest']['expected']>): string {
  const between = lower === null ? '' : ` from ${short(lower)}`;
  return `around ${short(middle)}${between}${upper === null ? '' : ` up to ${short(upper)}`}`;
}

/** What somebody promised, or set as a limit, lies round nothing. */
const describeLimit = ({ lower, middle, upper }: NonNullable<Incident['latest']['expected']>): string =>
  lower === null ? `at most ${short(upper ?? middle)}` : `at least ${short(lower)}`;

function describe({ title, recurrences, latest, suppression }: Incident, cause: ShortCause | undefined): string {
  const parts = [title.endsWith('.') ? title : `${title}.`, `Since ${latest.since.toISOString()}.`];
  if (latest.n > 0 && !isPromise(latest.kind)) parts.push(`Judged against ${latest.n} run${latest.n === 1 ? '' : 's'}.`);
  if (recurrences > 0) parts.push(`It came back ${recurrences} time${recurrences === 1 ? '' : 's'} since.`);
  if (cause !== undefined && cause.category !== 'unknown') parts.push(`Cause: ${cause.cause}`);
  if (suppression !== null) parts.push(`Suppressed: ${suppression.by}.`);
  return parts.join(' ');
}

/** `text` of at most `max` characters, whole code points, the cut shown. */
export function cap(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
