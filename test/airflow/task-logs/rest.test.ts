import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { textsOfRepr } from '../../../src/airflow/task-logs/python-repr.ts';
import { readTaskLog } from '../../../src/airflow/task-logs/read-task-log.ts';
import { connectRest, type RestSettings } from '../../../src/airflow/task-logs/rest-access.ts';
import { logCaps, type LogTry, type TaskLog } from '../../../src/airflow/task-logs/task-log.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { reply, startRest, type RestRequest } from '../../kit/airflow-rest.ts';
import { plainSecret } from '../../redact/canaries.ts';

const of: LogTry = { dagId: 'etl', runId: 'manual__2026-03-01T00:00:00+00:00', taskId: 'group.load', mapIndex: 2, tryNumber: 3 };
const tail = 'dags/etl/dagRuns/manual__2026-03-01T00%3A00%3A00%2B00%3A00/taskInstances/group.load/logs/3';
const user = { username: 'windsock', password: plainSecret };
const ndjson = 'application/x-ndjson';
const json = 'application/json';

type Settings = Omit<RestSettings, 'url'>;
const read = (
  url: string,
  major: 2 | 3,
  { settings = user, timeoutMs = 60_000, given = {} }: { settings?: Settings; timeoutMs?: number; given?: Partial<LogTry> } = {},
): Promise<TaskLog> => {
  const rest = connectRest({ url, ...settings }, major);
  return readTaskLog(
    { rest, timeoutMs },
    { ...of, ...given },
    { redactor: createRedactor(), signal: new AbortController().signal },
  );
};
async function linesOf(log: TaskLog): Promise<string[]> {
  if (!log.found) throw new Error(`missing: ${log.reason}`);
  const lines: string[] = [];
  for await (const line of log.lines) lines.push(line);
  return lines;
}

const message = (event: string): string => JSON.stringify({ timestamp: '2026-03-01T00:00:00Z', event, level: 'info' });
const sourceGroup = (...sources: string[]): object[] => [
  { event: '::group::Log message source details', sources },
  { event: '::endgroup::' },
];

/** An API server of Airflow 3 that gives tokens; `log` answers whoever has one. */
function three(log: (request: RestRequest, response: ServerResponse) => void, tokens = ['token-1', 'token-2']) {
  let given = 0;
  return startRest((request, response) => {
    if (request.path === '/auth/token' && request.method === 'POST') {
      const known = request.body === JSON.stringify(user);
      if (known) given += 1;
      return known
        ? reply(response, 201, json, JSON.stringify({ access_token: tokens[Math.min(given, tokens.length) - 1] }))
        : reply(response, 401, json, '{"detail":"Invalid credentials"}');
    }
    if (!/^Bearer token-\d$/.test(request.headers.authorization ?? ''))
      return reply(response, 401, json, '{"detail":"Not authenticated"}');
    return log(request, response);
  });
}

describe('Airflow 2', () => {
  test('the text of a log is asked for as its API wants, by name and password', async () => {
    await using server = await startRest((_request, response) =>
      reply(
        response,
        200,
        'text/plain',
        `worker-1\n*** Found local files:\n***   * /logs/x\n[2026-03-01T00:00:00.000+0000] {a.py:1} INFO - token=${plainSecret}\nends`,
      ),
    );
    expect(await linesOf(await read(`${server.url}/airflow`, 2))).toEqual([
      'worker-1',
      '*** Found local files:',
      '***   * /logs/x',
      '[2026-03-01T00:00:00.000+0000] {a.py:1} INFO - token=‹secret:token#1›',
      'ends',
    ]);
    const [request] = server.received;
    expect(request?.path).toBe(`/airflow/api/v1/${tail}`);
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ map_index: '2', full_content: 'true' });
    expect(request?.headers).toMatchObject({ accept: 'text/plain', authorization: `Basic ${btoa(`windsock:${plainSecret}`)}` });
  });

  test('a token is sent as a bearer token, and nothing where nothing is set', async () => {
    await using server = await startRest((_request, response) => reply(response, 200, 'text/plain', 'x y'));
    await linesOf(await read(server.url, 2, { settings: { token: 'abc' } }));
    await linesOf(await read(server.url, 2, { settings: {} }));
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc', undefined]);
  });

  test('an answer in JSON, whose content is a list as Python prints it, is followed until nothing new comes', async () => {
    const contents = [
      String.raw`[('worker-1', "*** Found\nit's \"here\"\t\u4e2d\n"), ('worker-2', 'more\n')]`,
      "[('worker-1', 'tail')]",
      '',
    ];
    await using server = await startRest(({ query }, response) => {
      const page = Number(query.get('token') ?? 0);
      reply(response, 200, json, JSON.stringify({ content: contents[page] ?? '', continuation_token: String(page + 1) }));
    });
    expect(await linesOf(await read(server.url, 2))).toEqual([
      'worker-1',
      '*** Found',
      `it's "here"\t中`,
      '',
      'worker-2',
      'more',
      '',
      'worker-1',
      'tail',
    ]);
    expect(server.received).toHaveLength(3);
  });

  test.each([
    [String.raw`[('a', 'b\\n')]`, ['a', 'b\\n']],
    [String.raw`[("it's", '"x" \x41\n')]`, ["it's", '"x" A\n']],
    ['plain [text]', ['plain [text]']],
    ['[]', ['[]']],
  ])('the texts of %s', (content, texts) => expect(textsOfRepr(content)).toEqual(texts));
});

describe('Airflow 3', () => {
  test('messages come one a line, with a token that is fetched once', async () => {
    await using server = await three((_request, response) =>
      // The real one tells a continuation token before it knows the end: what streams is whole.
      reply(
        response,
        200,
        ndjson,
        [
          ...sourceGroup('/logs/x').map((each) => JSON.stringify(each)),
          message('begins'),
          message(`password=${plainSecret}`),
        ].join('\n'),
        { 'airflow-continuation-token': 'abc' },
      ),
    );
    const rest = connectRest({ url: server.url, ...user }, 3);
    for (let time = 0; time < 2; time += 1) {
      const log = await readTaskLog({ rest, timeoutMs: 60_000 }, of, {
        redactor: createRedactor(),
        signal: new AbortController().signal,
      });
      expect((await linesOf(log)).slice(2)).toEqual([message('begins'), message('password=‹secret:password#1›')]);
    }
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /auth/token',
      `GET /api/v2/${tail}`,
      `GET /api/v2/${tail}`,
    ]);
    expect(server.received[1]?.headers).toMatchObject({ accept: ndjson, authorization: 'Bearer token-1' });
  });

  test('a token that has expired is fetched anew, once', async () => {
    await using server = await three(({ headers }, response) =>
      headers.authorization === 'Bearer token-1'
        ? reply(response, 401, json, '{"detail":"Token expired"}')
        : reply(response, 200, ndjson, message('x')),
    );
    const rest = connectRest({ url: server.url, ...user }, 3);
    const reading = { redactor: createRedactor(), signal: new AbortController().signal };
    expect(await linesOf(await readTaskLog({ rest, timeoutMs: 60_000 }, of, reading))).toEqual([message('x')]);
    await using never = await three((_request, response) => reply(response, 401, json, '{"detail":"Token expired"}'));
    expect(await read(never.url, 3)).toMatchObject({ why: 'refused' });
    expect(never.received).toHaveLength(4);
  });

  test('3.0, which knows no NDJSON, is asked for JSON, page by page', async () => {
    const pages: Record<string, object> = {
      '': {
        content: [
          ...sourceGroup('/logs/x'),
          { event: 'one', error_detail: [{ exc_type: 'KeyError' }] },
          'a plain line\nand one more',
        ],
        continuation_token: 'p/2',
      },
      'p/2': { content: [{ event: 'two' }], continuation_token: null },
    };
    await using server = await three(({ headers, query }, response) =>
      headers.accept === json
        ? reply(response, 200, json, JSON.stringify(pages[query.get('token') ?? '']))
        : reply(response, 406, json, '{"detail":"Only application/json or text/plain is supported"}'),
    );
    expect((await linesOf(await read(server.url, 3))).slice(2)).toEqual([
      '{"event":"one","error_detail":[{"exc_type":"KeyError"}]}',
      'a plain line',
      'and one more',
      '{"event":"two"}',
    ]);
  });

  test.each<[string, (page: number) => string, number]>([
    ['the same token for ever', () => 'same', 2],
    ['new tokens for ever', (page) => `token-${page}`, 100],
  ])('%s ends', async (_name, tokenOf, asked) => {
    let page = 0;
    await using server = await three((_request, response) => {
      page += 1;
      reply(response, 200, json, JSON.stringify({ content: [{ event: `page ${page}` }], continuation_token: tokenOf(page) }));
    });
    const lines = await linesOf(await read(server.url, 3));
    expect(lines.filter((line) => line.startsWith('{'))).toHaveLength(asked);
    expect(page).toBe(asked);
    if (asked === 100) expect(lines.at(-1)).toMatch(/^\*\*\* Windsock: this log goes on for more than 100 answers/);
  });

  test('an Airflow without users gives a token to everybody', async () => {
    await using server = await startRest(({ method, path, headers }, response) => {
      if (path === '/auth/token' && method === 'GET') return reply(response, 201, json, '{"access_token": "for-all"}');
      return headers.authorization === 'Bearer for-all'
        ? reply(response, 200, ndjson, message('x'))
        : reply(response, 401, json, '{}');
    });
    expect(await linesOf(await read(server.url, 3, { settings: {} }))).toEqual([message('x')]);
  });

  test('another auth manager, and a wrong password, are told apart', async () => {
    await using other = await startRest((_request, response) => reply(response, 404, json, '{"detail":"Not Found"}'));
    expect(await read(other.url, 3)).toMatchObject({
      why: 'unreachable',
      reason: expect.stringMatching(/no token at \/auth\/token \(404\).*airflow\.logs\.rest\.token/),
    });
    await using server = await three(() => {});
    expect(await read(server.url, 3, { settings: { ...user, password: 'wrong' } })).toMatchObject({
      why: 'refused',
      reason: expect.stringMatching(/refuses .*username and password \(401\)/),
    });
  });
});

describe('why there is none', () => {
  test.each<[number, string, Record<string, string>, object]>([
    [
      401,
      '{"title":"Unauthorized"}',
      {},
      { why: 'refused', reason: expect.stringMatching(/refuses us \(401: Unauthorized\).*basic_auth/) },
    ],
    [403, '<html>', {}, { why: 'refused', reason: expect.stringMatching(/refuses us \(403\)/) }],
    [
      404,
      '{"detail":"TaskInstance not found"}',
      {},
      { why: 'not_there', reason: expect.stringMatching(/no log of this try \(404: TaskInstance not found\)/) },
    ],
    [500, 'oops', {}, { why: 'unreachable', reason: expect.stringMatching(/cannot give the log now \(500\)/) }],
    [503, '', {}, { why: 'unreachable' }],
    [
      302,
      '',
      { location: 'https://login.example' },
      {
        why: 'unreachable',
        reason: expect.stringMatching(/redirects \(302\) to https:\/\/login\.example; give the final address/),
      },
    ],
    [406, '{}', {}, { why: 'unreachable' }],
  ])('status %i', async (status, body, headers, expected) => {
    await using server = await startRest((_request, response) => reply(response, status, json, body, headers));
    const log = await read(server.url, 2);
    expect(log).toMatchObject({ found: false, ...expected });
    expect(JSON.stringify(log)).not.toContain(plainSecret);
  });

  test('Airflow found nothing itself, in both formats: the reason is Airflow’s', async () => {
    await using two = await startRest((_request, response) =>
      reply(response, 200, 'text/plain', 'worker-1\n*** Could not read served logs: [Errno -2] Name or service not known\n\n'),
    );
    expect(await read(two.url, 2)).toEqual({
      found: false,
      why: 'not_there',
      reason: 'Airflow has no log of this try: Could not read served logs: [Errno -2] Name or service not known',
    });
    await using server = await three((_request, response) =>
      reply(
        response,
        200,
        json,
        JSON.stringify({ content: sourceGroup('Could not read served logs: no such host'), continuation_token: null }),
      ),
    );
    expect(await read(server.url, 3)).toMatchObject({
      why: 'not_there',
      reason: 'Airflow has no log of this try: Could not read served logs: no such host',
    });
    await using empty = await startRest((_request, response) => reply(response, 200, 'text/plain', ''));
    expect(await read(empty.url, 2)).toMatchObject({ why: 'not_there', reason: 'Airflow has no log of this try' });
  });

  const please =
    '*** !!!! Please make sure that all your Airflow components (e.g. schedulers, webservers, workers and triggerers) have the same secret_key';
  const served = "*** Could not read served logs: Client error '403 FORBIDDEN' for url 'http://worker-1:8793/log/x'";
  const line = '[2026-03-01T00:00:00.000+0000] {a.py:1} INFO - begins';
  test.each<[string, string[], string]>([
    ['no file', ['*** Log file does not exist: /opt/airflow/logs/x.log'], 'Log file does not exist: /opt/airflow/logs/x.log'],
    [
      'an error with an address to read more at',
      [
        'worker-1',
        please,
        'See more at https://airflow.example/config',
        served,
        'For more information check: https://status.example/403',
      ],
      'Please make sure that all',
    ],
    [
      'a group of sources',
      [' INFO - ::group::Log message source details', served, ' INFO - ::endgroup::'],
      'Could not read served logs',
    ],
    ['a task that was skipped', ['Task was skipped, no logs available.'], 'Task was skipped'],
  ])('Airflow 2 answers with a text that says there is none: %s', async (_what, lines, said) => {
    await using server = await startRest((_request, response) => reply(response, 200, 'text/plain', lines.join('\n')));
    expect(await read(server.url, 2)).toMatchObject({ found: false, why: 'not_there', reason: expect.stringContaining(said) });
    await using full = await startRest((_request, response) =>
      reply(response, 200, 'text/plain', [...lines, line, 'See more at https://x.example'].join('\n')),
    );
    expect(await linesOf(await read(full.url, 2))).toEqual([...lines, line, 'See more at https://x.example']);
  });

  test.each<[string, object[]]>([
    ['named in the head of the group', sourceGroup('Could not read served logs: no such host')],
    [
      'each a message of the group',
      [
        { event: '::group::Log message source details' },
        { timestamp: null, event: 'Could not read served logs: no such host' },
        { event: '::endgroup::' },
      ],
    ],
    ['a message with stars', [{ timestamp: '2026-03-01T00:00:00Z', event: '*** Could not read served logs: no such host' }]],
  ])('Airflow 3 answers with nothing but sources, %s', async (_what, content) => {
    await using server = await three((_request, response) => reply(response, 200, json, JSON.stringify({ content })));
    expect(await read(server.url, 3)).toMatchObject({
      why: 'not_there',
      reason: 'Airflow has no log of this try: Could not read served logs: no such host',
    });
    const told = { timestamp: '2026-03-01T00:00:00Z', level: 'info', event: 'begins' };
    await using full = await three((_request, response) =>
      reply(response, 200, json, JSON.stringify({ content: [...content, told] })),
    );
    expect((await linesOf(await read(full.url, 3))).at(-1)).toBe(JSON.stringify(told));
  });

  test('nobody answers there', async () => {
    const server = await startRest(() => {});
    await server[Symbol.asyncDispose]();
    expect(await read(server.url, 2)).toMatchObject({
      why: 'unreachable',
      reason: expect.stringMatching(/does not answer: connect ECONNREFUSED/),
    });
  });

  test('an answer that is no JSON, whatever it says it is', async () => {
    await using server = await startRest((_request, response) => reply(response, 200, json, '<html>login</html>'));
    expect(await read(server.url, 2)).toMatchObject({ why: 'unreachable' });
  });

  test.each(['..', '.', ''])('an id that leads elsewhere in the API is not asked for: %j', async (id) => {
    await using server = await startRest((_request, response) => reply(response, 200, 'text/plain', 'x y'));
    expect(await read(server.url, 2, { given: { dagId: id } })).toMatchObject({ why: 'refused' });
    expect(await read(server.url, 2, { given: { taskId: '../../../../users' } })).toMatchObject({ found: true });
    expect(server.received.map(({ path }) => path)).toEqual([
      expect.stringContaining('taskInstances/..%2F..%2F..%2F..%2Fusers/logs/3'),
    ]);
  });

  test('the folder has none and neither has the API: both are told', async () => {
    await using server = await startRest((_request, response) => reply(response, 404, json, '{}'));
    const rest = connectRest({ url: server.url }, 2);
    const log = await readTaskLog({ folder: '/nowhere', rest, timeoutMs: 60_000 }, of, {
      redactor: createRedactor(),
      signal: new AbortController().signal,
    });
    expect(log).toMatchObject({
      why: 'not_there',
      reason: expect.stringMatching(/folder \/nowhere cannot be read.*; and Airflow's API at .* \(404\)/),
    });
  });
});

describe('in time', () => {
  test('slow is no fault', async () => {
    await using server = await startRest(
      (_request, response) => void setTimeout(() => reply(response, 200, 'text/plain', 'x y'), 200),
    );
    expect(await linesOf(await read(server.url, 2))).toEqual(['x y']);
  });

  test('who never answers is left at the limit, to the token and to the log', async () => {
    await using server = await startRest(() => {});
    expect(await read(server.url, 2, { timeoutMs: 200 })).toMatchObject({
      why: 'late',
      reason: expect.stringMatching(/did not answer in time/),
    });
    expect(await read(server.url, 3, { timeoutMs: 200 })).toMatchObject({ why: 'late' });
  });

  test('what stalls in the middle keeps its beginning, and says so', async () => {
    await using server = await startRest((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('begins here\nhalf a li');
    });
    const lines = await linesOf(await read(server.url, 2, { timeoutMs: 400 }));
    expect(lines[0]).toBe('begins here');
    expect(lines.at(-1)).toMatch(/^\*\*\* Windsock: the log did not come from .* in time$/);
  });

  test('what breaks off keeps its beginning, and says so', async () => {
    await using server = await startRest((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' });
      response.write('begins here\n', () => response.destroy());
    });
    const lines = await linesOf(await read(server.url, 2));
    expect(lines).toEqual(['begins here', expect.stringMatching(/^\*\*\* Windsock: the answer of .* broke off: /)]);
  });

  test('of a huge log both ends are kept, and no more is held in memory', async () => {
    const line = `${message('m'.repeat(960))}\n`;
    const count = Math.ceil((logCaps.headBytes + 2 * logCaps.tailBytes) / line.length);
    await using server = await three((_request, response) => {
      response.writeHead(200, { 'content-type': ndjson });
      response.write(`${message('begins')}\n`);
      response.write(line.repeat(count));
      response.end(message('fails'));
    });
    const lines = await linesOf(await read(server.url, 3));
    expect([lines[0], lines.at(-1)]).toEqual([message('begins'), message('fails')]);
    expect(lines.filter((text) => text.startsWith('***'))).toEqual(['*** Windsock: 5.0 MB of this log are left out here']);
    expect(lines.join('\n').length).toBeLessThan(logCaps.headBytes + logCaps.tailBytes + 2000);
  });
});
