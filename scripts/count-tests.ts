import { existsSync, readFileSync } from 'node:fs';
import { closingLines } from './ci/count.ts';

// Prints the plain closing line of .ci/run.
const [path, passed = '0', failed = '0'] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: count-tests REPORT.json [STAGES_PASSED STAGES_FAILED]');
  process.exit(2);
}
const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
const { lines, ok } = closingLines(text, { passed: Number(passed), failed: Number(failed) });
console.log(lines.join('\n'));
process.exitCode = ok ? 0 : 1;
