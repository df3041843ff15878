import { beforeEach, expect, test } from 'vitest';
import { createCycleLog } from '../src/cycle-log.ts';
import type { CycleStatus } from '../src/cycle-messages.ts';
import type { CollectorReport } from '../src/collect/snapshot.ts';
import { createLogger } from '../src/telemetry/logger.ts';

let said: string[] = [];
let log: ReturnType<typeof createCycleLog>;
beforeEach(() => {
  said = [];
  const write = (line: string) => {
    const { level, msg, error } = JSON.parse(line) as { level: string; msg: string; error?: string };
    said.push(`${level}: ${msg}${error === undefined ? '' : ` (${error})`}`);
  };
  log = createCycleLog(createLogger({ config: { level: 'info', format: 'json' }, redact: (text) => text, write }));
  log.role(true, 'airflow');
  said = [];
});

const status = (reports: CollectorReport[], warnings: string[] = []): CycleStatus => ({
  snapshotAtMs: 1,
  airflowVersion: '3.3',
  warnings,
  reports,
  importErrors: [],
  series: 0,
  backfill: 1,
});
const failing = (error: string): CollectorReport => ({ collector: 'pools', ok: false, seconds: 0, error });
const fine: CollectorReport = { collector: 'pools', ok: true, seconds: 0 };
const tick = (cycleError: string | null, beside: string | null = null) => {
  log.cycle(cycleError);
  log.tick(beside);
};

test('a cycle that fails is told when it begins and when it is over, and not between', () => {
  for (const error of ['down', 'down', 'down', null, null]) tick(error);
  expect(said).toEqual(['warn: the cycle failed; the next one tries again (down)', 'info: cycles work again']);
});

test('another failure is told anew', () => {
  for (const error of ['down', 'frozen']) tick(error);
  expect(said).toHaveLength(2);
});

test('what fails between cycles has words of its own', () => {
  tick(null, 'history cannot be read');
  expect(said).toEqual(['warn: work between cycles failed; it is tried again (history cannot be read)']);
});

test('a leader that lost its store tells once, though it follows then', () => {
  tick('the store is down');
  log.role(false, 'airflow');
  log.tick('the store is down');
  log.tick(null);
  expect(said.filter((line) => /down|again/.test(line))).toEqual([
    'warn: the cycle failed; the next one tries again (the store is down)',
    'info: following works again',
  ]);
});

test('a collector that fails is told once, with its end; a failed cycle tells nothing of it', () => {
  log.status(status([failing('denied')]));
  log.status(status([failing('denied')]));
  log.status({ ...status([]), snapshotAtMs: null });
  log.status(status([fine]));
  expect(said).toEqual([
    'warn: the collector pools fails, its metrics are left out; the rest goes on (denied)',
    'info: the collector pools works again',
  ]);
});

test('a warning is told once as long as it stands, and again when it comes back', () => {
  for (const warnings of [['clocks'], ['clocks'], [], ['clocks']]) log.status(status([fine], warnings));
  expect(said).toEqual(['warn: clocks', 'warn: clocks']);
});
