import { expect, test } from 'vitest';
import { wantsGzip } from '../../src/http/accept-encoding.ts';
import { cpuMs } from '../kit/cpu.ts';

test.each([
  ['no header', undefined, false],
  ['an empty header', '', false],
  ['Prometheus', 'gzip', true],
  ['a browser', 'gzip, deflate, br, zstd', true],
  ['upper case and blanks', ' Deflate , GZIP ; Q=0.5 ', true],
  ['the old name', 'x-gzip', true],
  ['gzip refused', 'gzip;q=0', false],
  ['gzip refused with decimals', 'gzip;q=0.000', false],
  ['gzip barely wanted', 'gzip;q=0.001', true],
  ['anything', '*', true],
  ['anything but gzip', '*, gzip;q=0', false],
  ['nothing but gzip', '*;q=0, gzip', true],
  ['identity as much', 'gzip;q=0.5, identity;q=0.5', true],
  ['identity more', 'gzip;q=0.5, identity;q=0.501', false],
  ['identity refused', 'identity;q=0, gzip;q=0.1', true],
  ['another coding', 'br', false],
  ['a name that holds gzip', 'notgzip, gzipped', false],
  ['a q-value above 1', 'gzip;q=1.1', false],
  ['a q-value that is no number', 'gzip;q=high', false],
  ['a q-value below 0', 'gzip;q=-1', false],
  ['rubbish', ';;;,,=;q=1', false],
])('%s: %s → %s', (_who, header, gzip) => {
  expect(wantsGzip(header)).toBe(gzip);
});

test('a header of a megabyte is read in no time', () => {
  const header = `${'gzip;q=0.5 ; '.repeat(40_000)},${'a,'.repeat(200_000)}`;
  const began = cpuMs();
  wantsGzip(header);
  expect(cpuMs() - began).toBeLessThan(2000);
});
