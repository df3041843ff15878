import { taskRunUrl } from '../../airflow/deep-links.ts';
import { runbookOf, shownOf } from '../../explain/causes.ts';
import { certaintyOf, type Certainty, type Citation, type Explanation } from '../../explain/explanation.ts';
import type { KeptExplanation } from '../../explain/rows.ts';
import type { Incident, IncidentEvent } from '../../incident/incident.ts';
import { incidentUrl } from '../alert.ts';

/** Why it is, as a message tells it. */
export interface StoryCause extends Pick<
  Explanation,
  'category' | 'subcategory' | 'rootCause' | 'transient' | 'nextSteps' | 'source'
> {
  certainty: Certainty;
  /** What proves it, verified, the most telling first. */
  quotes: Citation[];
  /** It explains an earlier occurrence than the newest. */
  isOlder: boolean;
}

/** All that a message about an incident says. Nothing here is escaped, cut, or redacted again yet: that is the renderer's. */
export interface IncidentStory {
  incident: Incident;
  /** Null: not explained yet. */
  cause: StoryCause | null;
  /** Who is affected, a sentence each. */
  impact: string[];
  /** What changed since the last success, a sentence each. */
  changed: string[];
  /** How it ended, in the timeline's words; null: it did not. */
  ending: string | null;
  /** Incidents that are part of this one and not over. */
  consequences: number;
  links: { incident: string; run: string | null; grafana: string | null; runbook: string | null; docs: string | null };
  /** Where Slack can fetch a drawing of the durations; null: nowhere, or there is none. */
  chart: string | null;
}

/** Where things are, for links. */
export interface StoryPlaces {
  publicUrl: string;
  /** Null: not configured. */
  airflowUrl: string | null;
  airflowVersion: string;
  grafanaUrl: string | null;
  /** Where Slack can fetch the chart of an incident; null: it cannot. */
  chartOf: (incident: Incident) => string | null;
}

/** What is known of an incident, as a message needs it. Pure. */
export function storyOf(
  {
    incident,
    explanation,
    consequences,
    events,
  }: {
    incident: Incident;
    explanation: KeptExplanation | undefined;
    consequences: number;
    /** Oldest first; the last ones are enough. */
    events: readonly IncidentEvent[];
  },
  { publicUrl, airflowUrl, airflowVersion, grafanaUrl, chartOf }: StoryPlaces,
): IncidentStory {
  const { subject, latest } = incident;
  const dagId = 'dagId' in subject ? subject.dagId : '';
  const taskId = 'taskId' in subject ? subject.taskId : '';
  return {
    incident,
    cause: explanation === undefined ? null : causeOf(explanation, latest.event),
    impact: partsOf(explanation, 'E10'),
    changed: partsOf(explanation, 'E8'),
    ending: incident.state === 'resolved' ? (events.findLast(({ kind }) => kind === 'resolved')?.text ?? null) : null,
    consequences,
    links: {
      incident: incidentUrl(publicUrl, incident.id),
      run: airflowUrl === null ? null : taskRunUrl(airflowUrl, airflowVersion, { dagId, taskId }, latest.occasion),
      grafana: grafanaUrl === null ? null : dashboardUrl(grafanaUrl, dagId),
      runbook: explanation === undefined ? null : runbookOf(explanation),
      docs: explanation === undefined ? null : shownOf(explanation).shown.docs,
    },
    chart: chartOf(incident),
  };
}

function causeOf(explanation: KeptExplanation, newest: string): StoryCause {
  const { shown } = shownOf(explanation);
  const { category, subcategory, rootCause, transient, nextSteps, source, evidence, confidence } = shown;
  return {
    category,
    subcategory,
    rootCause,
    transient,
    nextSteps,
    source,
    certainty: certaintyOf(confidence),
    quotes: evidence.filter(({ verified }) => verified),
    isOlder: explanation.event !== newest,
  };
}

/** An item of evidence, sentence by sentence. */
const partsOf = (explanation: KeptExplanation | undefined, wanted: 'E8' | 'E10'): string[] =>
  explanation?.evidence.find(({ id }) => id === wanted)?.text.split('; ') ?? [];

/** The dashboard of a DAG, or of all. */
function dashboardUrl(grafanaUrl: string, dagId: string): string {
  const url = new URL(
    dagId === '' ? 'd/windsock-overview' : 'd/windsock-dag',
    grafanaUrl.endsWith('/') ? grafanaUrl : `${grafanaUrl}/`,
  );
  if (dagId !== '') url.searchParams.set('var-dag_id', dagId);
  return url.href;
}
