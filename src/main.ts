import { CommanderError } from 'commander';
import { errorReport, exitCodeOf } from './cli/exit-codes.ts';
import { createProgramFor } from './cli/frame.ts';

// What nothing caught is told as any other fault of ours: without the secrets that its text may hold.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${errorReport(error)}\n`);
  process.exit(1);
});

// Who reads our output may stop reading (`windsock check | head`); the work goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await (await createProgramFor(process.argv[2], process.env)).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed its message already; a wrong call is 2, as every other wrong setting.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${errorReport(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
