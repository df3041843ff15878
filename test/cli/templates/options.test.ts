import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { templatesCommand } from '../../../src/cli/templates.ts';

const run = (...args: string[]) =>
  templatesCommand({})
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(args, { from: 'user' });

test.each([
  [['-', '--depth', '2'], /whole number from 3 to 20/],
  [['-', '--depth', '4.5'], /whole number from 3 to 20/],
  [['-', '--similarity', '1.01'], /number from 0 to 1/],
  [['-', '--similarity', ''], /number from 0 to 1/],
  [['-', '--max-children', '1'], /whole number from 2/],
  [['-', '--max-clusters', '0'], /whole number from 1/],
  [['-', '--mask', 'nothing'], /write NAME=REGEX/],
  [['-', '--mask', 'X=('], /no regular expression/],
  [[tmpdir()], /is a folder; name a log file/],
])('%o is refused with what to do', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});
