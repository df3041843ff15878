import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';

/** Runs the command line in this process and returns what it ends with. */
async function fails(args: readonly string[]): Promise<{ code: number; message: string }> {
  const program = createProgram({});
  const silent = { writeErr: () => {}, writeOut: () => {} };
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
    command.configureOutput(silent);
  const error: unknown = await program.parseAsync([...args], { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error(`${args.join(' ')} did not fail`);
  return { code: exitCodeOf(error), message: error.message };
}

test.each([
  [['inject', 'slow', '--data-dir', '/nowhere/at/all'], /^no demo runs in \/nowhere\/at\/all; start one/],
  [['inject', 'fire'], /Allowed choices are slow, fail/],
  [['inject', 'slow', '--for', 'soon'], /write a duration such as 10m/],
  [['inject', 'slow', '--for', '0s'], /write a duration such as 10m/],
  [['inject', 'slow', '--task', 'load'], /--task needs --dag/],
  [['--airflow', '4'], /Allowed choices are 3, 2\.11/],
  [['--inject', 'fire'], /Allowed choices are slow, fail/],
  [['--seed', '1.5'], /whole number/],
  [['--anomaly-probability', '1.1'], /number from 0 to 1/],
  [['--anomaly-probability', ''], /number from 0 to 1/],
  [['--history', 'long'], /duration such as 30d/],
  [['--history', '366d'], /365d at most/],
])('windsock demo %o is refused, and says why', async (args, message) => {
  expect((await fails(['demo', ...args])).message).toMatch(message);
});
