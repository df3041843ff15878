import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sleep, systemClock } from '../lib/clock.ts';
import { AppError, errorText } from '../lib/errors.ts';
import { faultSchema, type Fault } from './config.ts';
import type { DemoFolder } from './folder.ts';
import type { FaultInForce } from './simulation.ts';

// A running demo takes faults as files: whoever may write into its folder may ask for them, and nobody else.
const asked = '.fault.json';
const answered = '.answer.json';

const answerSchema = z.union([
  z.strictObject({
    ok: z.literal(true),
    kind: faultSchema.shape.kind,
    dagId: z.string().optional(),
    taskId: z.string().optional(),
    untilMs: z.number(),
  }),
  z.strictObject({ ok: z.literal(false), message: z.string() }),
]);
export type FaultAnswer = z.output<typeof answerSchema>;

const answerEveryMs = 50;

/** Asks the demo that runs in this folder for a fault, and waits for its answer. Throws UNAVAILABLE when none comes. */
export async function askForFault(
  { faults }: DemoFolder,
  fault: Fault,
  { timeoutMs }: { timeoutMs: number },
): Promise<FaultAnswer> {
  const path = join(faults, randomUUID());
  await writeWhole(path + asked, fault);
  const began = systemClock.monotonicMs();
  while (systemClock.monotonicMs() - began < timeoutMs) {
    const answer = await readFile(path + answered, 'utf8').catch(() => undefined);
    if (answer !== undefined) {
      await rm(path + answered, { force: true });
      return answerSchema.parse(JSON.parse(answer));
    }
    await sleep(answerEveryMs);
  }
  await rm(path + asked, { force: true });
  throw new AppError(
    'UNAVAILABLE',
    `the demo does not answer within ${timeoutMs / 1000} s; it may still be writing its history: ask again`,
  );
}

/** Takes the faults that were asked for, begins each with `begin`, and answers what became of it. */
export async function takeFaults({ faults }: DemoFolder, begin: (fault: Fault) => FaultInForce): Promise<void> {
  const names = (await readdir(faults)).filter((name) => name.endsWith(asked)).sort();
  for (const name of names) {
    const path = join(faults, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    await rm(path, { force: true });
    await writeWhole(join(faults, name.slice(0, -asked.length) + answered), tryToBegin(text, begin));
  }
}

function tryToBegin(text: string, begin: (fault: Fault) => FaultInForce): FaultAnswer {
  try {
    const { kind, dagId, taskId, until } = begin(faultSchema.parse(JSON.parse(text)));
    return { ok: true, kind, dagId, taskId, untilMs: until.getTime() };
  } catch (error) {
    return {
      ok: false,
      message: error instanceof AppError ? error.message : `no fault that this demo understands: ${errorText(error)}`,
    };
  }
}

/** A reader sees the whole file or none. */
async function writeWhole(path: string, content: object): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(content));
  await rename(`${path}.new`, path);
}
