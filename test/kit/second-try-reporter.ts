import type { Reporter, TestCase } from 'vitest/node';

/** Names the tests that passed only when they were tried again: none of them passes in silence. */
export default class SecondTryReporter implements Reporter {
  readonly #names: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky === true) this.#names.push(`${test.fullName} (${test.module.relativeModuleId})`);
  }

  onTestRunEnd(): void {
    for (const name of this.#names) console.log(`passed on its second try only: ${name}`);
  }
}
