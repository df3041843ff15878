import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './env.ts';

const files = { 'style.css': 'text/css; charset=utf-8', 'logo.svg': 'image/svg+xml' } as const;

const read = (name: keyof typeof files) => {
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const version = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  return { text, type: files[name], path: `/${name}`, url: `/${name}?v=${version}` };
};

/** The files that pages name; their URLs change with their content. */
export const style = read('style.css');
export const logo = read('logo.svg');

/** GET of the stylesheet and the logo: the only things a page may load. */
export function assetRoutes(app: OpenAPIHono<HttpEnv>): void {
  for (const { text, type, path } of [style, logo]) {
    app.get(path, (c) => c.body(text, 200, { 'content-type': type, 'cache-control': 'private, max-age=86400' }));
  }
}
