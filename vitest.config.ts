import { defineConfig } from 'vitest/config';

// unit: pure, seconds, part of `npm run verify`. integration: real PostgreSQL (embedded), real processes. system: whole
// demos and what takes long to watch, `npm run test:system`. crash: real processes killed, stopped and cut off again and
// again, minutes: `npm run test:crash`. model: a real language model, minutes to build: `npm run test:llm`. stack: the demo beside a
// real Prometheus and Alertmanager, as users run them: `npm run test:stack`.
// Every test file is in one of the six: what does not lie in the folder of another is a unit test.
const integration = ['test/integration/**/*.test.ts'];
const system = ['test/system/**/*.test.ts'];
const crash = ['test/crash/**/*.test.ts'];
const model = ['test/model/**/*.test.ts'];
const stack = ['test/stack/**/*.test.ts'];

// What runs real processes against real clocks may lose a race with the machine. In CI it is tried once more, and every test
// that needed that is named, there and in the last lines of .ci/run: a race worth mending, seen without a whole run lost.
const retry = process.env['CI'] ? 1 : 0;

// In CI the results are also written down, for .ci/run to count; one file per npm script.
const resultsFile = `test-results/${process.env['npm_lifecycle_event'] ?? 'vitest'}.json`;

export default defineConfig({
  test: {
    reporters: process.env['CI']
      ? ['default', './test/kit/second-try-reporter.ts', ['json', { outputFile: resultsFile }]]
      : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...integration, ...system, ...crash, ...model, ...stack],
          // Property tests take seconds of processor time; where many share the machine, that is a multiple by the clock.
          testTimeout: 60_000,
          // Pure tests share nothing that they change: loading every module once instead of once a file halves their time.
          pool: 'threads',
          isolate: false,
          // As many as of the integration tests, with which they run side by side.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'integration',
          include: integration,
          retry,
          globalSetup: ['test/kit/global-postgres.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // More than a small machine has processors: they wait for processes and clocks half of the time.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'system',
          include: system,
          retry,
          globalSetup: ['test/kit/global-postgres.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'crash',
          include: crash,
          retry,
          globalSetup: ['test/kit/global-postgres.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          // They wait for clocks three quarters of the time; what they measure holds beside another.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'stack',
          include: stack,
          retry,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          // Side by side: the one waits for minutes to pass, the other for scrapes.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'model',
          include: model,
          globalSetup: ['test/model/global-model.ts'],
          testTimeout: 400_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
