import { readFileSync } from 'node:fs';
import { slowestFiles } from './ci/slow.ts';

// Prints which test files took longest, by the reports that .ci/run names.
const paths = process.argv.slice(2);
const lines = slowestFiles(
  paths.map((path) => ({ path, text: readFileSync(path, 'utf8') })),
  15,
);
console.log(lines.join('\n'));
