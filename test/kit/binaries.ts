import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program on PATH. Where there is none: undefined with a printed reason, and an error in CI. */
export function findBinary(name: string): string | undefined {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  const reason = `${name} is not installed: the tests that need it are skipped`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}; CI must not skip them`);
  console.warn(reason);
  return undefined;
}

/** A test that needs a program; it gets the program's path. */
export function testWith(name: string, title: string, work: (path: string) => void | Promise<void>): void {
  const path = findBinary(name);
  test.skipIf(path === undefined)(`${title} (${name})`, async () => {
    if (path !== undefined) await work(path);
  });
}
