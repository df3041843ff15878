import type { CloserView } from '../sources.ts';
import type { CodeChange } from './duration-chart.ts';

const commitPattern = /^[0-9a-f]{12,64}$/;

/** When the code of a DAG changed, as charts mark it; nothing where Airflow does not tell. The oldest version changed nothing. Pure. */
export function codeChanges(closer: CloserView): CodeChange[] {
  if (!closer.ok) return [];
  return closer.versions.flatMap(({ number, bundleVersion, createdAt }) => {
    if (number === 1) return [];
    const commit = bundleVersion !== null && commitPattern.test(bundleVersion) ? bundleVersion.slice(0, 7) : '';
    return [{ at: createdAt, name: number === null ? commit : `v${number}` }];
  });
}
