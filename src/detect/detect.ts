import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { OpenFinding, RegisteredDetector } from './detector.ts';
import type { Facts } from './facts.ts';
import { dagOf, noJudgement, severities, subjectKey, type Cleared, type Finding, type Judgement } from './finding.ts';
import type { DetectSettings } from './settings.ts';

/** How one detector fared. */
export interface DetectorReport {
  detector: string;
  ok: boolean;
  /** Subjects that it could judge. */
  judged: number;
  findings: number;
  seconds: number;
  /** Safe to show; present when it failed. */
  error?: string;
}

/** What all detectors say of one cycle. */
export interface Detection {
  findings: Finding[];
  cleared: Cleared[];
  reports: DetectorReport[];
}

interface Situation {
  facts: Facts;
  /** Every incident that is not resolved. */
  open: readonly OpenFinding[];
  settings: DetectSettings;
  /** For how long each took. */
  clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * The frame round every detector: which open incidents it is shown, time, a guard (one that throws has said nothing, and is
 * reported), and what is not to be reported by the settings. A disabled kind still clears what is open of it.
 */
export function detect(detectors: Readonly<Record<string, RegisteredDetector>>, situation: Situation): Detection {
  const detection: Detection = { findings: [], cleared: [], reports: [] };
  for (const [name, detector] of Object.entries(detectors)) {
    const { judgement, report } = runDetector(name, detector, situation);
    detection.findings.push(...judgement.findings);
    detection.cleared.push(...judgement.cleared);
    detection.reports.push(report);
  }
  return detection;
}

function runDetector(name: string, detector: RegisteredDetector, { facts, open, settings, clock }: Situation) {
  const began = clock.monotonicMs();
  let judgement = noJudgement();
  let error: string | undefined;
  if (detector.learned !== true || !facts.warmingUp) {
    try {
      judgement = reported(detector.judge(facts, openOf(detector, open), settings, facts.snapshot.at), settings);
    } catch (thrown) {
      error = redact(errorText(thrown));
    }
  }
  const report: DetectorReport = {
    detector: name,
    ok: error === undefined,
    judged: judgement.judged,
    findings: judgement.findings.length,
    seconds: (clock.monotonicMs() - began) / 1000,
    ...(error === undefined ? {} : { error }),
  };
  return { judgement, report };
}

/** Its own kind comes last, and so stands where subjects meet. */
function openOf({ kind, alsoReads = [] }: RegisteredDetector, open: readonly OpenFinding[]): Map<string, OpenFinding> {
  const others = open.filter((each) => each.kind !== kind && alsoReads.includes(each.kind));
  const own = open.filter((each) => each.kind === kind);
  return new Map([...others, ...own].map((each) => [subjectKey(each.subject), each]));
}

function reported(judgement: Judgement, settings: DetectSettings): Judgement {
  const findings = judgement.findings.filter((finding) => isWanted(finding, settings));
  const seen = new Set<string>();
  for (const finding of findings) {
    const key = subjectKey(finding.subject);
    if (seen.has(key)) throw new Error(`two findings of one cycle about ${finding.kind} ${key}`);
    seen.add(key);
  }
  return { ...judgement, findings };
}

function isWanted({ kind, subject, severity }: Finding, { config, tuning }: DetectSettings): boolean {
  const least = config.min_severity[kind] ?? 'info';
  if (severities.indexOf(severity) < severities.indexOf(least)) return false;
  const { disabled } = tuning(dagOf(subject) ?? '', 'taskId' in subject ? subject.taskId : '');
  return !disabled.has(kind);
}
