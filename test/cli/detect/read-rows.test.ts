import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRowReader, type SeriesRow } from '../../../src/cli/detect/read-rows.ts';

function read(text: string, names = { timestamp: 'timestamp', value: 'value' }, pieces: readonly string[] = [text]) {
  const rows: SeriesRow[] = [];
  const reader = createRowReader(names, (row) => rows.push(row));
  for (const piece of pieces) reader.write(piece);
  reader.end();
  return { rows, faults: reader.faults, ignored: reader.ignored() };
}

const valuesOf = (text: string) => read(text).rows.map(({ value }) => value);

test.each([
  ['plain', 'timestamp,value\n1,2\n2,3\n'],
  ['without a last line break', 'timestamp,value\n1,2\n2,3'],
  ['Windows line breaks', 'timestamp,value\r\n1,2\r\n2,3\r\n'],
  ['a byte order mark', '\ufefftimestamp,value\n1,2\n2,3\n'],
  ['quoted', '"timestamp","value"\n"1","2"\n"2","3"\n'],
  ['columns in another order', 'value,timestamp\n2,1\n3,2\n'],
  ['columns in capitals, with blanks', ' Timestamp , VALUE \n 1 , 2 \n2,\t3\n'],
  ['other columns', 'host,timestamp,note,value\na,1,"x, ""y""\nz",2\nb,2,,3\n'],
  ['blank lines', '\ntimestamp,value\n\n1,2\n  \n2,3\n\n'],
])('%s: two rows', (_name, text) => {
  expect(read(text).faults.told).toEqual([]);
  expect(valuesOf(text)).toEqual([2, 3]);
});

test.each([
  ['', 'line 1: nothing there; the first line names the columns "timestamp" and "value"'],
  ['time,value\n1,2\n', 'line 1: no column "timestamp" in "time,value"; the first line names the columns'],
  [
    'timestamp;value\n1;2\n',
    'line 1: no column "timestamp" and none "value" in "timestamp;value"; fields are separated by commas',
  ],
  ['timestamp,value,value\n1,2,3\n', 'line 1: the column "value" is there twice'],
  ['timestamp,value\n1,abc\n', 'line 2: value "abc" is not a number'],
  ['timestamp,value\n1,\n', 'line 2: value is empty'],
  ['timestamp,value\n1,NaN\n', 'line 2: value "NaN" is not finite'],
  ['timestamp,value\n1,-Infinity\n', 'line 2: value "-Infinity" is not finite'],
  ['timestamp,value\n1,1e999\n', 'line 2: value "1e999" is not finite'],
  ['timestamp,value\n1,0x10\n', 'line 2: value "0x10" is not a number'],
  ['timestamp,value\n1,2,5\n', 'line 2: 3 fields, the header has 2'],
  ['timestamp,value\n1\n', 'line 2: 1 field, the header has 2'],
  ['timestamp,value\n,5\n', 'line 2: timestamp is empty'],
  [
    'timestamp,value\n2/14/2026,5\n',
    'line 2: timestamp "2/14/2026" is neither ISO 8601 nor a number of seconds or milliseconds since 1970',
  ],
  ['timestamp,value\n5,1\n\n4,1\n', 'line 4: timestamp "4" is before that of line 2 (5); sort the rows'],
  ['timestamp,value\n1,"2\n3,4\n', 'line 2: a quote is not closed, or stands within a field'],
  ['timestamp,value\n1,2"3\n', 'line 2: a quote is not closed, or stands within a field'],
])('%j is refused', (text, message) => {
  const { rows, faults } = read(text);
  expect(faults.told[0]).toBe(message);
  expect(rows.length).toBeLessThan(2);
});

test('every fault is told at once, with the line it stands at', () => {
  const { faults } = read('timestamp,value\n1,x\n0,2\n"a\nb",2\n3,y\n4,5\n');
  expect(faults.told.map((text) => text.slice(0, 24))).toEqual([
    'line 2: value "x" is not',
    'line 3: timestamp "0" is',
    'line 4: timestamp "a\ufffdb" ',
    'line 6: value "y" is not',
  ]);
  expect(faults.count).toBe(4);
});

test('of many faults twenty are told and all are counted, up to a thousand', () => {
  const { faults } = read(`timestamp,value\n${'1,x\n'.repeat(1500)}`);
  expect(faults.told).toHaveLength(20);
  expect(faults.count).toBe(1000);
});

test('rows of the same time are rows', () => {
  expect(valuesOf('timestamp,value\n1,2\n1,3\n')).toEqual([2, 3]);
});

test('columns that are not read are named, and others can be named instead', () => {
  const { rows, ignored } = read('when,cpu,label\n1,2,0\n', { timestamp: 'when', value: 'CPU' });
  expect(rows.map(({ value }) => value)).toEqual([2]);
  expect(ignored).toEqual(['label']);
});

test('what is no text file is given up, not kept in memory', () => {
  expect(read('a'.repeat(3_000_000)).faults.told).toEqual(['line 1: longer than 1 MB; is this a CSV file?']);
});

test('a line of blanks, and a quote that is never closed, are told at once, however long they are', () => {
  const [head, unclosed] = ['timestamp,value\n', 'a quote is not closed, or stands within a field'];
  expect(read(`${head}1,${' '.repeat(900_000)}2"3\n`).faults.told).toEqual([`line 2: ${unclosed}`]);
  const lines = '1234,5\n'.repeat(140_000);
  expect(read(`${head}1,"2\n${lines}2,3\n4,x\n`).faults.told).toEqual([`line 2: ${unclosed}`]);
});

test('however a file comes in pieces, its rows are the same', () => {
  const text = '\ufeff"timestamp",note,"value"\r\n2026-01-05,"a\n""b",1.5\r\n\r\n2026-01-06,,-2e3\r\n';
  const whole = read(text);
  expect(whole.rows.map(({ value }) => value)).toEqual([1.5, -2000]);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((to, index) => text.slice(places[index], to));
      expect(read(text, undefined, pieces)).toEqual(whole);
    }),
  );
});
