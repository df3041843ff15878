import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillTemplate, defaultTemplates } from '../../../src/airflow/task-logs/fill-template.ts';
import { readTaskLog } from '../../../src/airflow/task-logs/read-task-log.ts';
import { logCaps, type LogTry, type TaskLog } from '../../../src/airflow/task-logs/task-log.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { plainSecret } from '../../redact/canaries.ts';

const of: LogTry = {
  dagId: 'etl',
  runId: 'scheduled__2026-03-01T00:00:00+00:00',
  taskId: 'load',
  mapIndex: -1,
  tryNumber: 1,
  logicalDate: new Date('2026-03-01T00:00:00Z'),
};
const path = 'dag_id=etl/run_id=scheduled__2026-03-01T00:00:00+00:00/task_id=load/attempt=1.log';

let outer = '';
let folder = '';
beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'windsock-logs-'));
  folder = join(outer, 'logs');
  mkdirSync(folder);
});
afterEach(() => rmSync(outer, { recursive: true }));

const put = (name: string, text: string | Buffer): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const read = (
  given: Partial<LogTry> = {},
  { signal = new AbortController().signal, timeoutMs = 60_000 } = {},
): Promise<TaskLog> => readTaskLog({ folder, timeoutMs }, { ...of, ...given }, { redactor: createRedactor(), signal });
async function linesOf(log: TaskLog): Promise<string[]> {
  if (!log.found) throw new Error(`missing: ${log.reason}`);
  const lines: string[] = [];
  for await (const line of log.lines) lines.push(line);
  return lines;
}

describe('where a log lies', () => {
  test.each<[string, Partial<LogTry>, string | undefined]>([
    [defaultTemplates[0] ?? '', {}, path],
    [defaultTemplates[0] ?? '', { mapIndex: 0 }, path.replace('attempt', 'map_index=0/attempt')],
    [
      (defaultTemplates[0] ?? '').replace('try_number', 'try_number|default(ti.try_number)'),
      { tryNumber: 12 },
      path.replace('attempt=1', 'attempt=12'),
    ],
    [defaultTemplates[1] ?? '', {}, 'etl/load/2026-03-01T00:00:00+00:00/1.log'],
    [
      defaultTemplates[1] ?? '',
      { logicalDate: new Date('2026-03-01T00:00:00.120Z') },
      'etl/load/2026-03-01T00:00:00.120000+00:00/1.log',
    ],
    [defaultTemplates[1] ?? '', { logicalDate: null }, undefined],
    ['{dag_id}/{task_id}/{execution_date}/{try_number}.log', {}, 'etl/load/2026-03-01T00:00:00+00:00/1.log'],
    ['team/{{ti.dag_id}}-{{ ti.run_id }}.{{ti.try_number}}.log', {}, `team/etl-${of.runId}.1.log`],
    ['{{ macros.ds_format(ds, "%Y", "%y") }}/{{ ti.task_id }}.log', {}, undefined],
    ['{% for x in y %}{{ ti.task_id }}{% endfor %}.log', {}, undefined],
    ['{{ ti.hostname }}/{{ ti.task_id }}.log', {}, undefined],
  ])('by the template %s, for %o', (template, given, expected) =>
    expect(fillTemplate(template, { ...of, ...given })).toBe(expected),
  );

  test('the template of the run decides, and without one the defaults are tried', async () => {
    put('team/load.1', 'by its own template');
    put('etl/load/2026-03-01T00:00:00+00:00/1.log', 'by the old default');
    expect(await linesOf(await read({ template: 'team/{{ ti.task_id }}.{{ try_number }}' }))).toEqual(['by its own template']);
    expect(await linesOf(await read())).toEqual(['by the old default']);
    put(path, 'by the new default');
    expect(await linesOf(await read())).toEqual(['by the new default']);
    expect(await read({ template: '{{ ti.hostname }}.log' })).toMatchObject({ found: false, why: 'unsupported' });
  });
});

describe('what is read', () => {
  test('the lines of a log come redacted and with their numbers, whatever breaks they have', async () => {
    put(path, `first\r\npassword=${plainSecret} host=db\n\nmüll 中\nlast without a break`);
    const log = await read();
    expect(log).toMatchObject({ found: true, place: path });
    expect(await linesOf(log)).toEqual(['first', 'password=‹secret:password#1› host=db', '', 'müll 中', 'last without a break']);
  });

  test('tries are told apart, and so are the instances of a mapped task', async () => {
    put(path, 'try 1');
    put(path.replace('attempt=1', 'attempt=10'), 'try 10');
    put(path.replace('attempt=1', 'map_index=1/attempt=1'), 'instance 1');
    expect(await linesOf(await read())).toEqual(['try 1']);
    expect(await linesOf(await read({ tryNumber: 10 }))).toEqual(['try 10']);
    expect(await linesOf(await read({ mapIndex: 1 }))).toEqual(['instance 1']);
  });

  test('what triggerers wrote stands among the lines of the worker in the order of time, with the lines that go on', async () => {
    put(
      path,
      '[2026-03-01T00:00:01.000+0000] {a.py:1} INFO - begins\n[2026-03-01T00:00:09.000+0000] {a.py:2} ERROR - fails\nTraceback\n  x',
    );
    put(
      `${path}.trigger.7.log`,
      '[2026-03-01T00:00:03.000+0000] {t.py:1} INFO - waits\nand waits\n[2026-03-01T00:00:12.000+0000] {t.py:2} INFO - late',
    );
    expect((await linesOf(await read())).map((line) => line.replace(/^.* - /, ''))).toEqual([
      'begins',
      'waits',
      'and waits',
      'fails',
      'Traceback',
      '  x',
      'late',
    ]);
    put(path, '{"timestamp":"2026-03-01T00:00:01.5Z","event":"begins"}\n{"timestamp":"2026-03-01T00:00:02Z","event":"ends"}');
    put(`${path}.trigger.7.log`, '{"timestamp":"2026-03-01T00:00:01.7Z","event":"waits"}');
    expect((await linesOf(await read())).map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'begins',
      'waits',
      'ends',
    ]);
  });

  test('times without a zone are UTC, wherever this machine stands', () => {
    const lines = [
      ['[2026-03-01 00:00:01,000] {a.py:1} INFO - begins', '[2026-03-01T00:00:09+0000] {a.py:1} INFO - ends'],
      ['[2026-03-01T00:00:03.000+0000] {t.py:1} INFO - waits', '{"timestamp":"2026-03-01T00:00:05.123456","event":"fired"}'],
    ];
    const program = `
      import { interleave } from ${JSON.stringify(resolve(import.meta.dirname, '../../../src/airflow/task-logs/interleave.ts'))};
      const logs = ${JSON.stringify(lines)}.map(async function* (log) { yield* log; });
      for await (const line of interleave(logs)) console.log(line);`;
    const order = ['Pacific/Auckland', 'UTC', 'America/New_York'].map((TZ) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, TZ }, encoding: 'utf8' }),
    );
    const [[begins, ends] = [], [waits, fired] = []] = lines;
    for (const each of order) expect(each.trim().split('\n')).toEqual([begins, waits, fired, ends]);
  });

  test('a try that only a triggerer wrote about has that log', async () => {
    put(`${path}.trigger.7.log`, 'only here');
    expect(await linesOf(await read())).toEqual(['only here']);
  });

  test.each([0, 1])('of a log %i bytes over the bound the middle is left out, and that is said', async (over) => {
    const size = logCaps.headBytes + logCaps.tailBytes + over;
    const line = (index: number): string => `line ${String(index).padStart(10, '0')} ${'.'.repeat(111)}\n`;
    const count = Math.floor(size / 128);
    put(path, Array.from({ length: count }, (_, index) => line(index)).join('') + 'x'.repeat(size - count * 128));
    const lines = await linesOf(await read());
    const said = lines.filter((text) => text.startsWith('*** Windsock: '));
    expect(said).toEqual(over === 0 ? [] : ['*** Windsock: 1 bytes of this log are left out here']);
    expect(lines[0]).toMatch(/^line 0000000000/);
    expect(lines.filter((text) => !/^line \d{10} \.{111}$|^\*\*\*|^x*$/.test(text))).toEqual([]);
    if (over === 0) expect(lines).toHaveLength(count);
  });

  test('of a huge log only the two ends are read, quickly', async () => {
    put(path, 'begins\n');
    for (let megabyte = 0; megabyte < 8; megabyte += 1) appendFileSync(join(folder, path), `${'m'.repeat(1023)}\n`.repeat(1024));
    appendFileSync(join(folder, path), 'fails\n');
    const lines = await linesOf(await read());
    expect([lines[0], lines.at(-1)]).toEqual(['begins', 'fails']);
    expect(lines.find((line) => line.startsWith('***'))).toBe('*** Windsock: 2.8 MB of this log are left out here');
    expect(lines.join('\n').length).toBeLessThan(logCaps.headBytes + logCaps.tailBytes + 200);
  });

  test('of a progress bar the last state stays, and a line of megabytes is cut', async () => {
    const bar = Array.from({ length: 300_000 }, (_, index) => `${index}%`).join('\r');
    put(path, `${bar}\r100% done\n${'y'.repeat(3_000_000)}\nafter it`);
    const lines = await linesOf(await read());
    expect([lines[0], lines[1]?.length, lines[2]]).toEqual(['100% done', 4097, 'after it']);
  });
});

describe('why there is none', () => {
  const cases: [string, () => Partial<LogTry>, object][] = [
    [
      'no folder is mounted',
      () => (rmSync(folder, { recursive: true }), {}),
      { why: 'unreachable', reason: expect.stringMatching(/cannot be read \(ENOENT\); is it mounted here/) },
    ],
    [
      'nothing of the DAG',
      () => ({}),
      { why: 'not_there', reason: expect.stringMatching(/nothing of this DAG: its workers may write elsewhere/) },
    ],
    [
      'nothing of the run',
      () => (put('dag_id=etl/x', ''), {}),
      { why: 'not_there', reason: expect.stringMatching(/it ends at dag_id=etl$/) },
    ],
    [
      'other tries only',
      () => (put(path, 'x'), { tryNumber: 2 }),
      { why: 'not_there', reason: expect.stringMatching(/no .*attempt=2\.log .*but there is attempt=1\.log/) },
    ],
    ['an empty file', () => (put(path, ''), {}), { why: 'not_there', reason: expect.stringMatching(/is there and empty/) }],
    [
      'a link to nothing',
      () => (put(path, ''), rmSync(join(folder, path)), symlinkSync('gone', join(folder, path)), {}),
      { why: 'not_there', reason: expect.stringMatching(/link to what is not there/) },
    ],
    ['a name that is too long', () => ({ runId: 'r'.repeat(300) }), { why: 'not_there' }],
  ];
  test.each(cases)('%s', async (_name, given, expected) =>
    expect(await read(given())).toMatchObject({ found: false, ...expected }),
  );

  test('nothing is configured', async () =>
    expect(
      await readTaskLog({ timeoutMs: 1000 }, of, { redactor: createRedactor(), signal: new AbortController().signal }),
    ).toMatchObject({
      why: 'not_configured',
      reason: expect.stringMatching(/airflow\.logs\.folder/),
    }));

  test.each(['../../../outer', 'a/../../..', '..', 'x\0y', 'a\\..\\b'])(
    'ids that lead out of the folder are refused: %j',
    async (id) => {
      writeFileSync(join(outer, 'attempt=1.log'), plainSecret);
      for (const given of [{ dagId: id }, { runId: id }, { taskId: id }]) {
        const log = await read(given);
        // As a part of a name, a slash or dots alone lead nowhere.
        expect(log).toMatchObject({ found: false, why: expect.stringMatching(/refused|not_there/) });
        expect(
          await read({ ...given, template: `{{ ti.dag_id }}/{{ ti.run_id }}/{{ ti.task_id }}/attempt=1.log` }),
        ).toMatchObject({ found: false, why: 'refused' });
      }
    },
  );

  test('links that lead out of the folder are refused, those within are not', async () => {
    const secret = join(outer, 'shadow');
    mkdirSync(secret);
    writeFileSync(join(secret, 'attempt=1.log'), plainSecret);
    put(path, '');
    rmSync(join(folder, path));
    symlinkSync(join(secret, 'attempt=1.log'), join(folder, path));
    expect(await read()).toMatchObject({
      found: false,
      why: 'refused',
      reason: expect.stringMatching(/leads out of the log folder/),
    });
    rmSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(secret, dirname(join(folder, path)));
    expect(await read()).toMatchObject({ found: false, why: 'refused' });
    rmSync(dirname(join(folder, path)));
    put('elsewhere/attempt=1.log', 'within');
    symlinkSync(join(folder, 'elsewhere'), dirname(join(folder, path)));
    expect(await linesOf(await read())).toEqual(['within']);
  });

  test('a log folder that is a link itself is read', async () => {
    put(path, 'here');
    symlinkSync(folder, join(outer, 'link'));
    const log = await readTaskLog({ folder: join(outer, 'link'), timeoutMs: 60_000 }, of, {
      redactor: createRedactor(),
      signal: new AbortController().signal,
    });
    expect(await linesOf(log)).toEqual(['here']);
  });

  test('a pipe or a folder in place of a log is refused, and nobody waits for it', async () => {
    put(path, '');
    rmSync(join(folder, path));
    execFileSync('mkfifo', [join(folder, path)]);
    expect(await read()).toMatchObject({ found: false, why: 'refused', reason: expect.stringMatching(/is no file/) });
    rmSync(join(folder, path));
    mkdirSync(join(folder, path));
    expect(await read()).toMatchObject({ found: false, why: 'refused' });
  });
});

test('who stops is told so: before the log is found as a reason, after it as its last line', async () => {
  put(path, 'line\n'.repeat(300_000));
  const stopped = AbortSignal.abort();
  expect(await read({}, { signal: stopped })).toMatchObject({ found: false, why: 'late' });
  const controller = new AbortController();
  const log = await read({}, { signal: controller.signal });
  controller.abort();
  expect(await linesOf(log)).toEqual(['*** Windsock: the rest of this log did not come in time']);
});

test('the file is closed when the reader stops early', async (context) => {
  if (!existsSync('/proc/self/fd')) return context.skip('there is no /proc here');
  put(path, 'line\n'.repeat(100_000));
  const log = await read();
  if (!log.found) throw new Error(log.reason);
  for await (const line of log.lines) {
    expect(line).toBe('line');
    break;
  }
  const open = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  await expect.poll(() => open().filter((name) => name.startsWith(folder))).toEqual([]);
});
