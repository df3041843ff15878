import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const withThose = (command: Command): Command[] => [command, ...command.commands.flatMap(withThose)];
const commands = withThose(createProgram({}));
const nameOf = (command: Command): string =>
  command.parent === null ? 'windsock' : `${nameOf(command.parent)} ${command.name()}`;

/** What `--help` prints on a terminal of 80 columns. */
function helpOf(command: Command): string {
  const told: string[] = [];
  command.configureOutput({ writeOut: (text) => void told.push(text), getOutHelpWidth: () => 80, getOutHasColors: () => false });
  command.outputHelp();
  return told.join('');
}

test('there is help for each command', () => {
  expect(commands.map(nameOf)).toContain('windsock demo inject');
  expect(commands.length).toBeGreaterThan(13);
});

test.each(commands.map((command) => [nameOf(command), command] as const))(
  '%s --help fits 80 columns, describes every option, and names defaults as they are written',
  (_name, command) => {
    const lines = helpOf(command).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.filter((line) => /default: (?:\[|30\)|\{)/.test(line))).toEqual([]);
    expect(lines[0]).toMatch(/^Usage: windsock/);
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
  },
);

test('a wrong call is told in one line, as every other error', async () => {
  for (const [args, said] of [
    [['serve', '--prt', '1'], "windsock: unknown option '--prt' (Did you mean --port?)\n"],
    [['baseline', 'lst'], "windsock: unknown command 'lst' (Did you mean list?)\n"],
  ] as const) {
    const told: string[] = [];
    const program = createProgram({});
    for (const command of withThose(program)) command.configureOutput({ writeErr: (text) => void told.push(text) });
    await expect(program.parseAsync([...args], { from: 'user' })).rejects.toThrow();
    expect(told).toEqual([said]);
  }
});
