import { expect, test } from 'vitest';
import { bodyOf, type Body, encodeExposition } from '../../../src/measure/exposition.ts';
import { labelSet, type Family } from '../../../src/measure/family.ts';
import { loadExposition, saveExposition } from '../../../src/measure/save-exposition.ts';
import { createStore } from '../../kit/database.ts';

const bytesOf = async ({ pieces }: Body): Promise<Buffer> =>
  Buffer.from(await new Response(ReadableStream.from(pieces)).arrayBuffer());
const maxAgeMs = 60_000;
const familyWith = (value: number): Family => ({
  name: 'airflow_up',
  kind: 'gauge',
  help: 'Up.',
  samples: Array.from({ length: 5000 }, (_, n) => ({ labels: labelSet({ n: `${n} é` }), value: value + n })),
});

test('a follower serves the very bytes that the leader stored, and takes up only newer ones', async () => {
  await using store = await createStore();
  const save = (value: number) =>
    store.transaction((tx) =>
      saveExposition(tx, 'a', 1, { encoded: encodeExposition([familyWith(value)]), status: { series: value } }),
    );
  expect(await loadExposition(store, 'a', { other: null, maxAgeMs })).toBeNull();

  await save(1);
  const first = await loadExposition(store, 'a', { other: null, maxAgeMs });
  if (first === null) throw new Error('nothing was stored');
  expect(first.status).toEqual({ series: 1 });
  const encoded = encodeExposition([familyWith(1)]);
  for (const format of ['text', 'openmetrics'] as const)
    for (const gzip of [true, false])
      expect(await bytesOf(bodyOf(first.encoded[format], [], format, gzip))).toEqual(
        await bytesOf(bodyOf(encoded[format], [], format, gzip)),
      );

  expect(await loadExposition(store, 'a', { other: first.takenAt, maxAgeMs })).toBeNull();
  expect(await loadExposition(store, 'another', { other: null, maxAgeMs })).toBeNull();
  await save(2);
  expect((await loadExposition(store, 'a', { other: first.takenAt, maxAgeMs }))?.status).toEqual({ series: 2 });
});
