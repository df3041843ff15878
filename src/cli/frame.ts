import { Command } from 'commander';
import type { Environment } from '../config.ts';
import { windsockVersion } from './version.ts';

export type MakeCommand = (environment: Environment) => Command;

/** `windsock` with these commands. A wrong call throws commander's own error, told already. */
export function createFrame(environment: Environment, commands: readonly MakeCommand[]): Command {
  const program = new Command('windsock')
    .description('The observability sidecar for Apache Airflow: exact Prometheus metrics from the metadata database')
    .version(windsockVersion())
    .enablePositionalOptions()
    .exitOverride();
  for (const make of commands) program.addCommand(make(environment).exitOverride().copyInheritedSettings(program));
  return program;
}

/** The commands that need nothing of the rest, by name: loading all of it would take longer than they do. */
const alone: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  detect: async () => (await import('./detect.ts')).detectCommand,
  templates: async () => (await import('./templates.ts')).templatesCommand,
};

/** `windsock` for a call that begins with this word: with that command only where it can stand alone, else with all of them. */
export async function createProgramFor(word: string | undefined, environment: Environment): Promise<Command> {
  const one = word !== undefined && Object.hasOwn(alone, word) ? await alone[word]?.() : undefined;
  return one === undefined ? (await import('./program.ts')).createProgram(environment) : createFrame(environment, [one]);
}
