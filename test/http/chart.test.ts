import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pngThread, type DrawPng } from '../../src/http/charts/draw-png.ts';
import { chartSvg } from '../../src/http/charts/chart-svg.ts';
import type { TaskLearned } from '../../src/measure/read-task.ts';
import { chartKey, chartUrl } from '../../src/notify/slack/chart-link.ts';
import { AppError } from '../../src/lib/errors.ts';
import { at, incident } from '../kit/findings.ts';
import { askApp, noDag, noIncidents, sourcesWith } from '../kit/http.ts';

const now = at('12:00');
const key = chartKey('xoxb-the-token-of-the-app');
const publicUrl = 'https://windsock.example.com';
const failed = incident({
  latest: { ...incident().latest, occasion: { runId: 'r', runPk: 30, runType: 'scheduled', mapIndex: null, tryNumber: 1 } },
});

const learned: TaskLearned[] = [
  {
    mapped: '',
    baseline: null,
    tries: Array.from({ length: 30 }, (_, index) => ({
      endedAt: new Date(now.getTime() - (30 - index) * 3_600_000),
      runPk: index + 1,
      tryNumber: 1,
      mapIndex: -1,
      outcome: index === 29 ? 'failure' : index === 12 ? 'retry' : 'success',
      seconds: index === 29 ? 812 : 180 + 20 * Math.sin(index),
      queueWaitSeconds: 1,
      counted: true,
      score: null,
    })),
  },
];

const png = Buffer.from('89504e470d0a1a0a', 'hex');
/** As Slack asks: from the internet, without a token. */
function asking({
  draw = async () => new Uint8Array(png),
  linkKey = key,
  clock = now,
}: { draw?: DrawPng; linkKey?: Uint8Array | undefined; clock?: Date } = {}) {
  const { ask } = askApp({
    clock: { now: () => clock, monotonicMs: () => 0 },
    settings: { tokens: [{ name: 'someone', token: 'sixteen-characters', scopes: ['read'] }] },
    drawPng: draw,
    sources: sourcesWith({
      charts: { linkKey: () => linkKey },
      incidents: {
        ...noIncidents,
        async read(id) {
          if (id !== failed.id) throw new AppError('NOT_FOUND', `there is no incident ${id}`);
          return {
            incident: failed,
            members: [],
            events: [],
            alerts: new Map(),
            explanation: undefined,
            similar: [],
            modelCalls: [],
          };
        },
      },
      dags: { list: async () => ({ items: [], next: null }), read: noDag, baseline: async () => learned },
    }),
  });
  return async (url: string) => {
    const { pathname, search } = new URL(url);
    return ask(pathname + search, { peer: '203.0.113.9', headers: { host: 'windsock.example.com' } });
  };
}
const link = (partial = {}): string => chartUrl({ ...failed, ...partial }, publicUrl, key, now) ?? '';

test('who has a signed link gets the image, and may keep it a while', async () => {
  const answer = await asking()(link());
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(answer.headers.get('cache-control')).toContain('max-age=300');
});

const altered = (change: (url: URL) => void): string => {
  const url = new URL(link());
  change(url);
  return url.href;
};
test.each([
  ['of another incident', altered((url) => void (url.pathname = '/charts/incident/inc-2.png')), 403],
  ['for longer', altered((url) => url.searchParams.set('expires', '9999999999')), 403],
  ['of another occurrence', altered((url) => url.searchParams.set('of', 'x')), 403],
  ['with half a signature', altered((url) => url.searchParams.set('signature', 'abc')), 403],
  ['without a signature', altered((url) => url.searchParams.delete('signature')), 400],
  ['with a time that is none', altered((url) => url.searchParams.set('expires', 'soon')), 400],
  ['of an incident that is gone', link({ id: 'inc-9' }), 404],
  ['for no image', altered((url) => void (url.pathname = '/charts/incident/inc-1.svg')), 404],
])('a link %s gets a clear answer and no image', async (_, url, status) => {
  expect((await asking()(url)).status).toBe(status);
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s to where charts are needs a token, as everywhere else', async (method) => {
  const { ask } = askApp({ settings: { tokens: [{ name: 'someone', token: 'sixteen-characters', scopes: ['read'] }] } });
  expect((await ask(new URL(link()).pathname, { method })).status).toBe(401);
});

test('a link signed by another token opens nothing, and none does where Slack is not configured', async () => {
  expect((await asking({ linkKey: chartKey('xoxb-another-token') })(link())).status).toBe(403);
  const { ask } = askApp({ settings: { tokens: [{ name: 'someone', token: 'sixteen-characters', scopes: ['read'] }] } });
  expect((await ask(new URL(link()).pathname + new URL(link()).search)).status).toBe(404);
});

test('a link lives for weeks, stays the same meanwhile, and then is gone', async () => {
  const day = 86_400_000;
  const after = (days: number): Date => new Date(failed.openedAt.getTime() + days * day);
  const at = (days: number): string | null => chartUrl(failed, publicUrl, key, after(days));
  expect(at(0)).toBe(at(22));
  expect(at(24)).not.toBe(at(22));
  expect((await asking({ clock: after(29.9) })(link())).status).toBe(200);
  expect((await asking({ clock: after(30.1) })(link())).status).toBe(410);
});

test('an image is drawn once however often it is asked for, and no more than eight at once', async () => {
  let drawn = 0;
  let go = (): void => {};
  const gate = new Promise<void>((done) => (go = done));
  const get = asking({
    async draw() {
      drawn += 1;
      await gate;
      return new Uint8Array(png);
    },
  });
  const same = Array.from({ length: 20 }, () => get(link()));
  const others = Array.from({ length: 10 }, (_, index) => get(link({ latest: { ...failed.latest, event: `e${index}` } })));
  await new Promise((done) => setTimeout(done, 50));
  go();
  const statuses = (await Promise.all([...same, ...others])).map(({ status }) => status);
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200));
  expect(statuses.slice(20).filter((status) => status === 429)).toHaveLength(3);
  expect((await get(link())).status).toBe(200);
  expect(drawn).toBe(8);
});

test('the colours are those of the light pages, and no text of the drawing comes from Airflow', async () => {
  const css = readFileSync(new URL('../../src/http/assets/style.css', import.meta.url), 'utf8');
  const light = css.slice(0, css.indexOf('@media'));
  const svg = await chartSvg({ points: [], band: null, now });
  for (const [colour] of svg.matchAll(/#[0-9a-f]{6}/g)) expect(light).toContain(colour);
});

test('a drawing is a PNG of twice its size, and one that cannot be drawn fails alone', async () => {
  const draw = pngThread();
  const wrong = draw('<svg');
  const image = Buffer.from(await draw(await chartSvg(null)));
  await expect(wrong).rejects.toThrow();
  expect(image.subarray(0, 8)).toEqual(png);
  expect([image.readUInt32BE(16), image.readUInt32BE(20)]).toEqual([1280, 500]);
});
