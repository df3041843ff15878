import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const module = new URL('../src/give-way.ts', import.meta.url).href;
const thread = `
  const { giveWay } = await import(${JSON.stringify(module)});
  giveWay();
  (await import('node:worker_threads')).parentPort.postMessage((await import('node:os')).getPriority(0));`;

test.runIf(process.platform === 'linux')(
  'a thread that gives way is nicer than before, and the others are as they were',
  async () => {
    const before = getPriority(0);
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(thread)}`));
    const priority = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(priority).toBe(Math.min(19, before + 5));
    expect(getPriority(0)).toBe(before);
    await worker.terminate();
  },
);
