import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { boards, fileOf, render } from '../grafana/dashboards.ts';
import { configurationReference } from './docs/configuration.ts';
import { metricsReference } from './docs/metrics.ts';

// Writes the references that are made from the code; test/docs/references.test.ts fails while one is stale.
for (const [file, text] of [
  ['docs/CONFIGURATION.md', configurationReference()],
  ['docs/METRICS.md', metricsReference()],
  ...boards.map((board) => [fileOf(board), render(board)] as const),
] as const) {
  writeFileSync(resolve(import.meta.dirname, '..', file), text);
  console.log(`wrote ${file}`);
}
