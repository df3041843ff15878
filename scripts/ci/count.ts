import { z } from 'zod';

const reportSchema = z.object({
  numPassedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

function parse(text: string): z.output<typeof reportSchema> | undefined {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * What .ci/run says last: a line for each test of a vitest report that did not pass, and the plain counts of tests and stages.
 * In CI a test that did not run has failed: what needs a program is skipped only where it may be missing, and .ci/run installs
 * all. A report that is missing, torn or empty, and an error that no test caught, each count as a failure.
 */
export function closingLines(reportText: string | undefined, stages: { passed: number; failed: number }) {
  const report = reportText === undefined ? undefined : parse(reportText);
  const lines = report === undefined ? ['no whole test report: the tests did not run to their end'] : [];
  for (const { name, message, assertionResults } of report?.testResults ?? []) {
    const amiss = assertionResults.filter(({ status }) => status !== 'passed');
    lines.push(...amiss.map(({ status, fullName }) => `${status}: ${fullName} (${name})`));
    // A file that could not be loaded has no tests to count.
    if (amiss.length === 0 && message !== '') lines.push(`failed: ${name}: ${message.split('\n')[0]}`);
  }
  if (report?.numPassedTests === 0) lines.push('no test ran');
  else if (report?.success === false && lines.length === 0) lines.push('failed: an error that no test caught, see above');
  const failed = lines.length + stages.failed;
  return { lines: [...lines, `${(report?.numPassedTests ?? 0) + stages.passed} passed, ${failed} failed`], ok: failed === 0 };
}
