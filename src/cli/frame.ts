import { Command } from 'commander';
import type { Environment } from '../config.ts';
import { windsockVersion } from './version.ts';

export type MakeCommand = (environment: Environment) => Command;

const closing = `
To begin with:
  windsock demo                      see all of it beside a simulated Airflow
  windsock check --config FILE       try the settings before they are served
  windsock serve --config FILE       docs/CONFIGURATION.md lists what is in it
  windsock explain --log FILE        why a task failed, by its log alone

Exit codes: 0 done; 1 a fault of Windsock's own; 2 the call or the configuration
is wrong; 3 not supported, or not found; 4 access refused; 5 a peer does not
answer, or something else holds what is needed.`;

/** `windsock` with these commands. A wrong call throws commander's own error, told already: in one line, as every other error. */
export function createFrame(environment: Environment, commands: readonly MakeCommand[]): Command {
  const program = new Command('windsock')
    .description('The observability sidecar for Apache Airflow: metrics, incidents with their causes, SLAs')
    .version(windsockVersion())
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: 20 })
    .configureOutput({
      outputError: (text, write) =>
        write(
          `windsock: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ')}\n`,
        ),
    })
    .addHelpText('after', closing)
    .exitOverride();
  for (const make of commands) program.addCommand(settled(make(environment), program));
  return program;
}

/** A command and those below it, with the settings of the whole. */
function settled(command: Command, program: Command): Command {
  for (const below of command.commands) settled(below, program);
  return command.copyInheritedSettings(program);
}

/** What stands below the options of a command's help: how it is called. */
export const examples = (...lines: readonly string[]): string =>
  `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`;

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
