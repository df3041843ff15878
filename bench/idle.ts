import { sleep } from '../src/lib/clock.ts';
import { median, type BenchRun } from './line.ts';
import { temporaryFolder } from './postgres.ts';
import { startWindsock } from './windsock-process.ts';

const readyWithinMs = 180_000;
/** Long enough for start-up's garbage to be collected. */
const settleMs = 60_000;
const samples = 20;

/** Memory of the Node.js process, all threads, while the demo runs and nobody asks. */
export async function benchIdle({ emit, say }: BenchRun): Promise<void> {
  await using folder = await temporaryFolder();
  await using windsock = await startWindsock(['demo', '--data-dir', folder.path], {});
  await windsock.firstScrapeWith('airflow_task_success_total{', readyWithinMs);
  say('the demo runs; waiting for it to settle');
  await sleep(settleMs);
  const bytes: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    bytes.push((await windsock.state('read')).rssBytes);
    await sleep(1000);
  }
  emit({
    bench: 'idle',
    figure: 'demo_memory',
    value: median(bytes) / 1e6,
    unit: 'MB',
    target: { of: 'value', atMost: 180 },
  });
}
