import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './env.ts';

const files = {
  'style.css': 'text/css; charset=utf-8',
  'logo.svg': 'image/svg+xml',
  'live.js': 'text/javascript; charset=utf-8',
} as const;

const read = (name: keyof typeof files) => {
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const version = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  return { text, type: files[name], path: `/${name}`, url: `/${name}?v=${version}`, etag: `"${version}"` };
};

/** The files that pages name; their URLs change with their content. */
export const style = read('style.css');
export const logo = read('logo.svg');
export const live = read('live.js');

/** GET of the stylesheet, the logo and the script: the only things a page may load. */
export function assetRoutes(app: OpenAPIHono<HttpEnv>): void {
  for (const { text, type, path, etag } of [style, logo, live]) {
    app.get(path, (c) => {
      const headers = { 'content-type': type, 'cache-control': 'private, max-age=86400', etag };
      return c.req.header('if-none-match') === etag ? c.body(null, 304, headers) : c.body(text, 200, headers);
    });
  }
}
