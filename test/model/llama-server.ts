import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../kit/eventually.ts';
import { freePort } from '../kit/free-port.ts';

export interface Installed {
  server: string;
  model: string;
}

export interface LlamaServer extends AsyncDisposable {
  /** Up to /chat/completions. */
  baseUrl: string;
}

/** A llama.cpp server on loopback that has loaded the model. */
export async function startLlamaServer(
  { server, model }: Installed,
  { apiKey, contextTokens = 4096 }: { apiKey?: string; contextTokens?: number } = {},
): Promise<LlamaServer> {
  const port = await freePort();
  const options = ['--model', model, '--alias', 'gemma', '--host', '127.0.0.1', '--port', `${port}`, '--parallel', '1'];
  const more = ['--ctx-size', `${contextTokens}`, '--threads', '2', ...(apiKey === undefined ? [] : ['--api-key', apiKey])];
  const child = spawn(server, [...options, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk).slice(-4000)));
  const ended = once(child, 'exit');
  try {
    await eventually('llama.cpp has loaded the model', async () => {
      if (child.exitCode !== null) throw new Error(said);
      return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
