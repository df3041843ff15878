import { Worker } from 'node:worker_threads';
import { sleep } from '../../lib/clock.ts';

/** Draws an SVG as PNG, of twice its size. Throws when it cannot, or not in time. */
export type DrawPng = (svg: string) => Promise<Uint8Array<ArrayBuffer>>;

const entry = new URL('./png-worker.ts', import.meta.url);
const drawnWithinMs = 10_000;
const idleForMs = 5000;
const heapMb = 64;

/**
 * Drawing in a thread of its own, one image after the other: it takes some 20 MB and tenths of a second, holds up no scrape, and all of it is
 * gone a few seconds after the last image.
 */
export function pngThread(): DrawPng {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function draw(svg: string): Promise<Uint8Array<ArrayBuffer>> {
    clearTimeout(idle);
    const thread = (worker ??= new Worker(entry, { name: 'windsock-png', resourceLimits: { maxOldGenerationSizeMb: heapMb } }));
    thread.unref();
    const late = new AbortController();
    const end = (): void => {
      if (worker === thread) worker = undefined;
      void thread.terminate();
    };
    try {
      return await Promise.race([
        new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
          thread.once('message', resolve);
          thread.once('error', reject);
          thread.once('exit', () => reject(new Error('the thread that draws ended')));
          thread.postMessage(svg);
        }),
        sleep(drawnWithinMs, late.signal).then(() => Promise.reject(new Error('drawing took too long'))),
      ]);
    } catch (error) {
      end();
      throw error;
    } finally {
      late.abort();
      thread.removeAllListeners('message').removeAllListeners('exit').removeAllListeners('error');
      // Without one, what goes wrong in it later would end the process.
      thread.on('error', end);
      idle = setTimeout(end, idleForMs).unref();
    }
  }

  return (svg) => {
    const drawn = last.then(() => draw(svg));
    last = drawn.catch(() => undefined);
    return drawn;
  };
}
