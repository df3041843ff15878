import { Argument, type Command } from 'commander';
import { faultEffects, faultKinds, type FaultKind } from '../demo/config.ts';
import { askForFault } from '../demo/fault-box.ts';
import { demoFolder, runningDemo } from '../demo/folder.ts';
import { parseDuration } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';
import { takenLine } from './demo-lines.ts';

interface Options {
  dag?: string;
  task?: string;
  for?: string;
  dataDir: string;
}

const answerTimeoutMs = 15_000;

/** `windsock demo inject KIND`: asks the demo that runs in the folder for a fault, and says what it hits. */
export function addInjectCommand(demo: Command, defaultFolder: string): void {
  demo
    .command('inject')
    .description('Make something go wrong in a demo that is running')
    .addArgument(new Argument('<kind>', 'what goes wrong').choices(faultKinds))
    .option('--dag <dag_id>', 'the DAG that it hits (default: a busy one)')
    .option('--task <task_id>', 'one task of that DAG (default: all)')
    .option('--for <duration>', 'how long, for instance 10m (default: half an hour or so, by kind)')
    .option('--data-dir <folder>', 'folder of the demo', defaultFolder)
    .addHelpText('after', `\nKinds:\n${faultKinds.map((kind) => `  ${kind.padEnd(10)} ${faultEffects[kind]}`).join('\n')}`)
    .action(async (kind: FaultKind, { dag, task, for: duration, dataDir }: Options) => {
      const forMs = duration === undefined ? undefined : parseDuration(duration);
      if (duration !== undefined && !(forMs !== undefined && forMs > 0))
        throw new AppError('INVALID', `--for ${duration}: write a duration such as 10m`);
      if (task !== undefined && dag === undefined) throw new AppError('INVALID', '--task needs --dag: which DAG is it of?');
      const folder = demoFolder(dataDir);
      if ((await runningDemo(folder)) === undefined)
        throw new AppError('NOT_FOUND', `no demo runs in ${folder.path}; start one, or name the folder of one with --data-dir`);
      const fault = {
        kind,
        ...(dag === undefined ? {} : { dagId: dag }),
        ...(task === undefined ? {} : { taskId: task }),
        ...(forMs === undefined ? {} : { forSeconds: forMs / 1000 }),
      };
      const answer = await askForFault(folder, fault, { timeoutMs: answerTimeoutMs });
      if (!answer.ok) throw new AppError('NOT_FOUND', answer.message);
      process.stdout.write(`${takenLine(answer)}\n`);
    });
}
