import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startEmbedded } from '../../src/store/embedded.ts';
import { openStore } from '../../src/store/open.ts';

const root = process.getuid?.() === 0;
if (!root) console.warn('not root: what only root meets (PostgreSQL runs as another user then) is skipped');

test.skipIf(!root && process.env['CI'] !== 'true')(
  'root may keep the embedded PostgreSQL below a folder that only root may enter',
  async () => {
    expect(root, 'CI runs as root').toBe(true);
    // mkdtemp gives mode 700, as root's home has.
    const closed = await mkdtemp(join(tmpdir(), 'windsock-closed-'));
    onTestFinished(() => rm(closed, { recursive: true, force: true }));
    const postgres = await startEmbedded({ dataDir: join(closed, 'state'), fast: true });
    try {
      const store = await openStore({ url: await postgres.databaseUrl('windsock'), applicationName: 'windsock-test', max: 1 });
      expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await store.close();
    } finally {
      await postgres.stop();
    }
  },
);
