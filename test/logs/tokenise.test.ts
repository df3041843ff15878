import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMasker, parseMask } from '../../src/logs/masks.ts';
import { cpuMs } from '../kit/cpu.ts';

/** Half surrogate pairs too; what scanners look for more often than other characters. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 32, max: 126 })), { maxLength: 150 })
  .map((codes) => String.fromCharCode(...codes));
const { split } = createMasker();
const masked = (text: string): string => split(text).join(' ');

test.each([
  ['at 2024-05-01 12:30:00.123+02:00 done', 'at <TIME> done'],
  ['2024-05-01T00:00:00Z', '<TIME>'],
  ['17/06/09 20:10:40 INFO', '<TIME> INFO'],
  ['Jun 14 15:16:01 combo', '<TIME> combo'],
  ['[Sun Dec 04 04:47:44 2005] x', '[<TIME>] x'],
  ['10/Oct/2000:13:55:36 -0700 GET', '<TIME> GET'],
  ['2005-06-03-15.42.50.363779 R02', '<TIME> R02'],
  ['20171223-22:15:29:606|x', '<TIME>|x'],
  ['took 12:34:56', 'took <TIME>'],
  ['Mayor May said in May 5', 'Mayor May said in May <NUM>'],
  ['run scheduled__2024-05-01T00:00:00+00:00, manual__x', 'run <RUN_ID>, <RUN_ID>'],
  ['id 123e4567-e89b-12d3-a456-426614174000.', 'id <UUID>.'],
  ['from /10.251.42.84:57069 to 10.0.0.0/8', 'from /<IP> to <IP>'],
  ['fe80::1 2001:db8:0:0:0:0:0:1 00:0c:29:ab:cd:ef', '<IP> <IP> <IP>'],
  ['1.2.3.4.5 is a version, 1.2.3 too', '<NUM> is a version, <NUM> too'],
  ['GET /a/b?x=1&y=2 https://h/p?q=r', 'GET /a/b?<QUERY> https://h/p?<QUERY>'],
  ['what? no', 'what? no'],
  ['0x1F at deadbeef1 not facade', '<HEX> at <HASH> not facade'],
  ['/tmp/tmpab3x9/part-0001.parquet', '/tmp/<PART>/part-<NUM>.parquet'],
  ["KeyError: 'customer_id'", 'KeyError: <STR>'],
  [`{"level": "info", 'k': 'v'} don't`, `{"level": <STR>, 'k': <STR>} don't`],
  [`{"my key": 'x y', 'a 7': 1}`, `{"my key": <STR>, 'a <NUM>': <NUM>}`],
  ['took 5 ms, 1.5GB, 1h2m3s, 12 seconds, 3 rows', 'took <DURATION>, <SIZE>, <DURATION>, <DURATION>, <NUM> rows'],
  ['blk_-3886 x=-5 a-b 1,234.5 3e10 45%', 'blk_<NUM> x=<NUM> a-b <NUM> <NUM> <NUM>%'],
  ['attempt_200811_0001_m_0_0 4xlarge dn228 s3', 'attempt_<NUM>_<NUM>_m_<NUM>_<NUM> 4xlarge dn228 s3'],
  ['<NUM> <*> stays', '<NUM> <*> stays'],
  ['', ''],
])('%s is told as %s', (text, expected) => {
  expect(masked(text)).toBe(expected);
});

test('a quoted text of 64 characters is masked, a longer one stays', () => {
  expect(masked(`'${'x'.repeat(64)}'`)).toBe('<STR>');
  expect(masked(`'${'x'.repeat(65)}'`)).toBe(`'${'x'.repeat(65)}'`);
});

test("known values go first, the longest before the shorter; masks of one's own come next", () => {
  const masker = createMasker({
    known: { HOST: 'worker-3', DAG: 'shop', TASK: 'shop_load' },
    extra: [parseMask('ORDER=ord-\\w+')],
  });
  expect(masker.split('shop_load of shop on worker-3: ord-7a and ord-7b').join(' ')).toBe(
    '<TASK> of <DAG> on <HOST>: <ORDER> and <ORDER>',
  );
  expect(masker.version).not.toBe(createMasker().version);
});

test.each([
  ['lower=x', /NAME=REGEX/],
  ['X=', /NAME=REGEX/],
  ['X=(', /no regular expression/],
  ['X=a*', /matches the empty text/],
])('a mask that cannot be used is refused: %s', (text, message) => {
  expect(() => parseMask(text)).toThrow(message);
});

test('raws are the tokens as they stood, one for each', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const raws: string[] = [];
      const tokens = split(text, raws);
      expect(raws).toHaveLength(tokens.length);
      let at = 0;
      const inOrder = raws.every((raw) => {
        const found = text.indexOf(raw, at);
        at = found + raw.length;
        return found >= 0;
      });
      expect(inOrder).toBe(true);
    }),
  );
});

test('masking masked text changes nothing but what a mask leaves beside it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('17', 'a', "'b'", '10.0.0.1', '2024-05-01', '5 ms', 'deadbeef1', '/x/y9z1', 'k=3')),
      (words) => {
        const once = masked(words.join(' '));
        expect(masked(once)).toBe(once);
      },
    ),
  );
});

test('whatever a line of 4 kB holds, it takes time by its length', () => {
  const pieces = [
    '1',
    '1.',
    '1:',
    'a',
    "'",
    '"',
    '-',
    '/',
    '?a',
    '<',
    '<A',
    'f:',
    '12:34:',
    '2024-',
    'scheduled__',
    '0x',
    '9a',
    'Jan ',
    '1 m',
    '(',
    'é',
  ];
  const hostile = pieces.map((piece) => piece.repeat(4096 / piece.length));
  const began = cpuMs();
  for (let round = 0; round < 4; round += 1) for (const text of hostile) split(text);
  // 340 kB; were it quadratic, it would take minutes.
  expect(cpuMs() - began).toBeLessThan(5000);
});
