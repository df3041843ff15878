import { globMatches } from '../lib/glob.ts';
import type { ProfileRules } from '../measure/profile.ts';
import type { DetectConfig } from './config.ts';
import type { Kind } from './kinds.ts';

/** What overrides go by, as the catalogue has it. */
export interface CatalogueDag {
  dagId: string;
  /** Separated by commas. */
  owners: string;
  tags: readonly string[];
}

/** The settings that hold for one DAG or task, overrides taken in. */
export interface Tuning {
  disabled: ReadonlySet<Kind>;
  /** Factor on the share of false alerts. */
  sensitivity: number;
  minRatio: number;
  minExcessMs: number;
  lowSide: boolean;
  stuckAfterMs: number;
  lateAfterMs: number;
  silentAfterMs: number;
}

/** What detectors are set to. */
export interface DetectSettings {
  config: DetectConfig;
  /** For a task, or for the DAG as a whole. */
  tuning: (dagId: string, taskId?: string) => Tuning;
}

/**
 * Settings for one cycle. `dags` is the catalogue, for overrides by owner or tag: while it is unknown those match nothing.
 * Each answer is made once and kept, so asking for every task of every cycle is cheap.
 */
export function settingsOf(config: DetectConfig, dags: readonly CatalogueDag[]): DetectSettings {
  const usual: Tuning = {
    disabled: new Set(config.disabled),
    sensitivity: 1,
    minRatio: config.z_score.min_ratio,
    minExcessMs: config.z_score.min_excess,
    lowSide: config.z_score.low_side,
    stuckAfterMs: config.stuck_after,
    lateAfterMs: config.late_after,
    silentAfterMs: config.silent_after,
  };
  if (config.overrides.length === 0) return { config, tuning: () => usual };
  const byId = new Map(dags.map((dag) => [dag.dagId, dag]));
  const kept = new Map<string, Tuning>();
  return {
    config,
    tuning: (dagId, taskId = '') => {
      const key = `${dagId}\u0000${taskId}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const dag = byId.get(dagId) ?? { dagId, owners: '', tags: [] };
      const made = config.overrides.filter(({ match }) => isAbout(match, dag, taskId)).reduce(overridden, usual);
      kept.set(key, made);
      return made;
    },
  };
}

/** What justifies an hour or weekday profile. */
export const profileRules = ({ pattern }: Pick<DetectConfig, 'pattern'>): ProfileRules => ({
  minPeriods: pattern.min_weeks,
  minPerBucket: pattern.min_per_bucket,
});

type Override = DetectConfig['overrides'][number];

function isAbout(match: Override['match'], dag: CatalogueDag, taskId: string): boolean {
  const owners = dag.owners.split(',').map((owner) => owner.trim());
  return (
    (match.dags.length === 0 || match.dags.some((pattern) => globMatches(pattern, dag.dagId))) &&
    (match.tasks.length === 0 || match.tasks.some((pattern) => taskId !== '' && globMatches(pattern, taskId))) &&
    (match.owners.length === 0 || match.owners.some((owner) => owners.includes(owner))) &&
    (match.tags.length === 0 || match.tags.some((tag) => dag.tags.includes(tag)))
  );
}

const overridden = (before: Tuning, by: Override): Tuning => ({
  disabled: new Set([...before.disabled, ...by.disable].filter((kind) => !by.enable.includes(kind))),
  sensitivity: by.sensitivity ?? before.sensitivity,
  minRatio: by.min_ratio ?? before.minRatio,
  minExcessMs: by.min_excess ?? before.minExcessMs,
  lowSide: by.low_side ?? before.lowSide,
  stuckAfterMs: by.stuck_after ?? before.stuckAfterMs,
  lateAfterMs: by.late_after ?? before.lateAfterMs,
  silentAfterMs: by.silent_after ?? before.silentAfterMs,
});
