import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const heaps = new URL('../src/heaps.ts', import.meta.url).href;

/** Garbage of which a part lives for a while: V8 answers it with a larger young generation. Gives megabytes of that. */
const makeGarbage = `
  const { getHeapSpaceStatistics } = await import('node:v8');
  const kept = [];
  for (let index = 0; index < 1_000_000; index += 1) {
    kept.push({ index, pair: [index, index + 1] });
    if (kept.length > 60_000) kept.splice(0, 30_000);
  }
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
  const measured = { young };
`;

const thread = `${makeGarbage} (await import('node:worker_threads')).parentPort.postMessage(measured);`;

interface Measured {
  young: number;
}

/** Main thread before and after the cycle thread is made, and that thread. */
function measure(limit: string): Record<'main' | 'cycle' | 'later', Measured> {
  const program = `
    import { limitHeaps, startRoomy } from ${JSON.stringify(heaps)};
    ${limit}
    const work = async () => { ${makeGarbage} return measured; };
    const main = await work();
    const worker = startRoomy(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(thread)}`)}), {});
    const cycle = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    console.log(JSON.stringify({ main, cycle, later: await work() }));
  `;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })) as never;
}

test('the young generations of the main thread and of the cycle thread stay within 32 MB, where V8 would let them grow beyond', () => {
  const { main, cycle, later } = measure('limitHeaps();');
  expect(main.young).toBeLessThanOrEqual(32);
  expect(later.young).toBeLessThanOrEqual(32);
  expect(cycle.young).toBeLessThanOrEqual(32);
  // So much would it be without: else this test sees nothing.
  expect(measure('').main.young).toBeGreaterThan(32);
}, 30_000);
