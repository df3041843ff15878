import { resolve } from 'node:path';

export const entry = resolve(import.meta.dirname, '../../src/main.ts');

/**
 * The environment of a `windsock` process: these variables and nothing else of ours but PATH. What Node.js compiled is
 * kept between processes, which halves what each needs to start.
 */
export const environmentOf = (variables: Record<string, string>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../node_modules/.cache/node'),
  ...variables,
});
