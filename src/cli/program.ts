import type { Command } from 'commander';
import type { Environment } from '../config.ts';
import { backfillCommand } from './backfill.ts';
import { baselineCommand } from './baseline.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { detectCommand } from './detect.ts';
import { explainCommand } from './explain.ts';
import { createFrame } from './frame.ts';
import { reportCommand } from './report.ts';
import { serveCommand } from './serve.ts';
import { slaCommand } from './sla.ts';
import { suggestCommand } from './suggest.ts';
import { templatesCommand } from './templates.ts';

/** The command line: every command of `windsock`. */
export function createProgram(environment: Environment): Command {
  return createFrame(environment, [
    serveCommand,
    demoCommand,
    checkCommand,
    backfillCommand,
    baselineCommand,
    slaCommand,
    reportCommand,
    detectCommand,
    explainCommand,
    templatesCommand,
    suggestCommand,
  ]);
}
