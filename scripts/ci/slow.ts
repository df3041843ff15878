import { basename } from 'node:path';
import { z } from 'zod';

/** As far as it is looked at; Vitest's JSON report. */
const report = z.object({ testResults: z.array(z.object({ name: z.string(), startTime: z.number(), endTime: z.number() })) });

/**
 * The test files of these reports that took longest, a line each, and how long all took one after the other, so that a suite that grows is
 * seen before it is too long. A report that is missing or torn is left out: the stage that should have written it has failed by itself.
 */
export function slowestFiles(texts: readonly { path: string; text: string }[], count: number): string[] {
  const files = texts.flatMap(({ path, text }) => {
    const parsed = report.safeParse(parse(text));
    const suite = basename(path, '.json');
    return parsed.success
      ? parsed.data.testResults.map(({ name, startTime, endTime }) => ({ suite, name, seconds: (endTime - startTime) / 1000 }))
      : [];
  });
  return files
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(
      ({ suite, name, seconds }) =>
        `${seconds.toFixed(0).padStart(5)} s  ${suite.padEnd(12)} ${name.replace(/^.*\/test\//, 'test/')}`,
    );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
