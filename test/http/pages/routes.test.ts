import { describe, expect, test } from 'vitest';
import type { Act } from '../../../src/incident/act.ts';
import type { GivenFeedback } from '../../../src/explain/feedback/feedback-rows.ts';
import type { FeedbackSources, HttpSources } from '../../../src/http/sources.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { askApp, healthyStatus, noIncidents, sourcesWith } from '../../kit/http.ts';
import { samplePatterns, sampleSlas } from '../../kit/page-samples-more.ts';
import { sampleClock, sampleDags, sampleDetail, sampleIncidents } from '../../kit/page-samples.ts';

const paths = [
  '/',
  '/incidents',
  '/incidents/inc-disk',
  '/incidents/inc-slow',
  '/errors',
  '/errors/some',
  '/dags',
  '/dags/ledger_export',
  '/dags/ledger_export/tasks/write_parquet',
  '/slas',
  '/status',
];

function open(given: Partial<HttpSources> = {}) {
  const patterns = { ...sourcesWith().patterns, ...samplePatterns };
  const sources = sourcesWith({ incidents: sampleIncidents, dags: sampleDags, slas: sampleSlas, patterns, ...given });
  return askApp({ sources, clock: sampleClock });
}
const read = async (path: string, given: Partial<HttpSources> = {}): Promise<string> => (await open(given).ask(path)).text();

describe.each(paths)('%s', (path) => {
  test('is a page under a strict policy, without a script or a style of its own', async () => {
    const response = await open().ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await response.text();
    expect(html.replaceAll(/<script type="module" src="\/live\.js\?v=[\w-]+"><\/script>/g, '')).not.toMatch(
      /<script|<style|\sstyle=|\son\w+=|javascript:/,
    );
    expect(html).toMatch(/<title>[^<]+ · production · Windsock<\/title>/);
  });

  test('loads nothing but files of ours, which are there', async () => {
    const { ask } = open();
    const html = await (await ask(path)).text();
    const loaded = [...html.matchAll(/(?:src|link rel="\w+" href)="([^"]+)"/g)].map(([, url = '']) => url);
    expect(loaded.length).toBeGreaterThan(2);
    for (const url of loaded) {
      const asset = await ask(url);
      expect(asset.status, url).toBe(200);
      const etag = asset.headers.get('etag') ?? '';
      expect((await ask(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
  });
});

test('the first page says how many incidents there are, the worst words of each, and how well Windsock sees', async () => {
  const html = await read('/');
  for (const text of ['3 incidents', '1 taken up', 'The scheduler is down', 'disk full', 'Up to date', 'href="/status"'])
    expect(html).toContain(text);
});

test('the first page stands when the store does not answer, and says so', async () => {
  const list = async (): Promise<never> => {
    throw new AppError('UNAVAILABLE', 'the store does not answer');
  };
  const response = await open({ incidents: { ...sampleIncidents, list } }).ask('/');
  expect(response.status).toBe(200);
  const html = await response.text();
  expect(html).toContain('store does not answer');
  expect(html).toContain('<title>Incidents unknown');
});

test.each([
  ['all is well', {}, 'All calm', 'Nothing is wrong that Windsock can see'],
  ['a collector fails', { warnings: ['a warning'] }, 'All calm', 'Nothing is wrong that Windsock can see'],
  ['it has just begun', { snapshotAgeMs: null }, 'Starting', 'Windsock has not seen Airflow yet'],
  ['Airflow is gone', { lastError: 'away' }, 'The last cycle failed', 'Nothing was wrong when Windsock last saw Airflow'],
  ['it stands still', { snapshotAgeMs: 600_000 }, 'No news for 10m', 'Nothing was wrong when Windsock last saw Airflow'],
])('without incidents the first page calls it calm only while Airflow is seen: %s', async (_what, seen, title, lead) => {
  const html = await read('/', { incidents: noIncidents, status: () => ({ ...healthyStatus, ...seen }) });
  expect(html).toContain(`<title>${title} ·`);
  expect(html).toContain(`<h1>${lead}</h1>`);
});

describe('the list of incidents', () => {
  test('shows severity, what, why, how unusual, since when, consequences and who has it', async () => {
    const html = await read('/incidents');
    for (const text of [
      '>critical<',
      'href="/incidents/inc-disk"',
      'The disk that holds /var/spool/exports on worker-2 is full',
      '6.9× usual',
      'usually 10 s, at most 18 s, by 120 runs',
      'datetime="2026-03-02T10:18:00.000Z"',
      '12 min ago',
      'with 1 consequence',
      'by robin',
      'Resolved lately',
    ])
      expect(html).toContain(text);
  });

  test('asks for what the filters say, and leaves out what they leave empty', async () => {
    const asked: unknown[] = [];
    const list: HttpSources['incidents']['list'] = async (filter, page) => {
      asked.push({ filter, limit: page.limit });
      return { items: [], next: null };
    };
    const html = await read('/incidents?state=open&severity=error&kind=&dag_id=etl&owner=', {
      incidents: { ...sampleIncidents, list },
    });
    expect(asked).toEqual([{ filter: { states: ['open'], severities: ['error'], dagId: 'etl', members: false }, limit: 50 }]);
    expect(html).toContain('<option value="error" selected');
    expect(html).toContain('No incident matches');
  });

  test('goes on to older ones, with the filters kept', async () => {
    const list: HttpSources['incidents']['list'] = async () => ({
      items: [sampleDetail.incident],
      next: { openedAt: sampleDetail.incident.openedAt, id: 'inc-disk' },
    });
    const html = await read('/incidents?state=all&owner=finance', { incidents: { ...sampleIncidents, list } });
    const [, next = ''] = /href="([^"]+)" rel="next"/.exec(html) ?? [];
    expect(next).toMatch(/^\/incidents\?state=all&amp;owner=finance&amp;cursor=\w+/);
    expect(await read(next.replaceAll('&amp;', '&'), { incidents: { ...sampleIncidents, list } })).toContain('>Newest<');
  });

  test.each(['?state=gone', '?kind=none', '?cursor=none', '?severity=page'])('%s is refused, in a page', async (query) => {
    const response = await open().ask(`/incidents${query}`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
  });
});

describe('the page of an incident', () => {
  test('says what, since when, why, how sure, by which lines, who is affected and what to do', async () => {
    const html = await read('/incidents/inc-disk');
    const parts = [
      'ledger_export.write_parquet failed',
      'The disk that holds /var/spool/exports on worker-2 is full: the export could not be written.',
      'high confidence',
      'by the rule “disk-full”',
      'Trying again will not help.',
      'href="#L118"',
      'Free space on worker-2',
      'href="https://wiki.example/runbooks/exports"',
      'href="https://docs.python.org/3/library/errno.html"',
      '4 tasks downstream wait',
      'href="https://airflow.example/dags/ledger_export/runs/scheduled__2026-03-02T10%3A00%3A00%2B00%3A00/tasks/write_parquet?try_number=3"',
      'action="/incidents/inc-disk/acknowledge"',
      'id="L118"',
      'batch_size 500',
      'this one',
      'check_balance',
      'board_report is late',
      'Asked infra for a bigger volume.',
    ];
    const places = parts.map((part) => html.indexOf(part));
    expect(parts.filter((_, index) => places[index] === -1)).toEqual([]);
  });

  test('tells what language models were asked, what came of it and what it took, where any was', async () => {
    expect(await read('/incidents/inc-disk')).not.toContain('Asked of language models');
    const call = {
      id: 1,
      at: new Date('2026-03-02T10:18:30Z'),
      incidentId: 'inc-disk',
      signature: null,
      outcome: 'unverified' as const,
      detail: 'none of its <quotes> stands',
      provider: 'ollama',
      model: 'qwen3:8b',
      requests: 2,
      inputTokens: 1234,
      outputTokens: 80,
      cost: 0.00214,
      seconds: 3.52,
      evicted: true,
    };
    const detail = {
      ...sampleDetail,
      modelCalls: [call, { ...call, provider: null, model: null, cost: null, outcome: 'failed' as const }],
    };
    const html = await read('/incidents/inc-disk', { incidents: { ...sampleIncidents, read: async () => detail } });
    for (const text of [
      'Asked of language models',
      '>not verified</span>',
      'ollama qwen3:8b',
      '2 requests · 1,234 tokens in, 80 out · cost 0.00214 · 3.5 s · none of its &lt;quotes&gt; stands · people called it wrong',
      '>failed</span>',
      'nobody answered',
    ])
      expect(html).toContain(text);
  });

  test('marks the cited lines of the log, and says what is left out between', async () => {
    const html = await read('/incidents/inc-disk');
    expect(html.match(/class="entry \w+ cited"/g)).toHaveLength(1);
    expect(html).toMatch(/class="entry failure cited" id="L118"/);
    expect(html).toContain('14 lines left out');
    expect(html).toContain('1 secret taken out');
  });

  test('gives a line of the log that comes in parts one target, on its first part', async () => {
    const { log } = sampleDetail.explanation ?? {};
    if (log === undefined || log === null || !log.found) throw new Error('no sample');
    const parts = log.lines.flatMap((line) => (line.line === 118 ? [line, { ...line, text: 'caused by another' }] : [line]));
    const detail = {
      ...sampleDetail,
      explanation: { ...sampleDetail.explanation, log: { ...log, lines: parts } },
    } as typeof sampleDetail;
    const html = await read('/incidents/inc-disk', { incidents: { ...sampleIncidents, read: async () => detail } });
    expect(html.match(/id="L118"/g)).toHaveLength(1);
    expect(html.match(/class="entry \w+ cited"/g)).toHaveLength(2);
    expect(html).toContain('7 lines of 131');
  });

  test('shows what a model said where that was verified, with what the rules say beside it, and marks quotes that were not found', async () => {
    const { explanation } = sampleDetail;
    if (explanation === undefined) throw new Error('no sample');
    const resultB = {
      ...explanation.resultA,
      source: 'llm' as const,
      rule: null,
      rootCause: 'A batch of 50,000 rows fills the disk.',
      transient: 'unclear' as const,
      confidence: 0.5,
      evidence: [{ ref: 'L97' as const, quote: 'never written', verified: false }],
    };
    const shown = async (outcome: 'llm' | 'unverified') =>
      read('/incidents/inc-disk', {
        incidents: {
          ...sampleIncidents,
          read: async () => ({ ...sampleDetail, explanation: { ...explanation, resultB, outcome } }),
        },
      });
    const verified = await shown('llm');
    expect(verified).toMatch(/class="cause">\s*A batch of 50,000 rows fills the disk\./);
    for (const text of [
      'by a language model, checked',
      'medium confidence',
      'not found where it is said to stand',
      'The disk that holds',
    ])
      expect(verified).toContain(text);
    const unverified = await shown('unverified');
    expect(unverified).toMatch(/class="cause">\s*The disk that holds/);
    expect(unverified).toContain('model, not verified');
  });

  test('says so where it is not explained yet, and where nothing of a log is kept', async () => {
    const html = await read('/incidents/inc-slow');
    expect(html).toContain('Not explained yet');
    expect(html).not.toContain('id="log"');
  });

  test('of none there is answers 404, as a page to a browser and as a problem to a program', async () => {
    const { ask } = open();
    const page = await ask('/incidents/none', { headers: { accept: 'text/html,*/*' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(await page.text()).toContain('there is no incident none');
    const problem = await ask('/incidents/none');
    expect([problem.status, problem.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });
});

test('errors: each as one, with how often, where, why, and what they go with', async () => {
  const list = await read('/errors');
  for (const text of ['1,284×', 'OSError', '2 distinct errors', 'resource error', 'price_feed', 'href="/errors/ffff'])
    expect(list).toContain(text);
  expect(list).toMatch(/aria-label="\d[\d,]* times in 30 days, \d+ a day at most"/);
  const one = await read('/errors/some');
  for (const text of [
    'host = worker-2',
    '24 of 48 tries failed like this',
    'href="/incidents/inc-disk"',
    'write_batch',
    'Traceback',
  ])
    expect(one).toContain(text);
});

test('DAGs: last runs, next run, incidents; one DAG with its tasks against what is expected', async () => {
  const list = await read('/dags');
  for (const text of ['href="/dags/ledger_export"', '2 incidents', 'paused', 'in 30 min', 'the last 50 runs, 2 of which failed'])
    expect(list).toContain(text);
  const one = await read('/dags/ledger_export');
  for (const text of [
    'the last 30 runs, 2 of which failed',
    'write_parquet',
    'expected 2m50s to 4m41s',
    'in the queue, 3 %',
    '3 failures',
    'prices-succeed',
    'ledger_export.write_parquet failed',
    '1 h ago',
  ])
    expect(one).toContain(text);
});

test('SLAs: met or not, what may still go wrong, how fast it burns, and why it is not known', async () => {
  const html = await read('/slas');
  for (const text of [
    'breached',
    'burns 14× in 12 runs',
    '1 run',
    'may still go wrong',
    'Not known: it has not succeeded',
    '98.2 %',
    '55m00s early',
  ])
    expect(html).toContain(text);
  expect(await read('/slas?state=met')).not.toContain('burns 14');
});

describe('forms', () => {
  const here = { origin: 'http://localhost:9112', 'content-type': 'application/x-www-form-urlencoded' };

  async function post(act: string, body: string, headers: Record<string, string> = here) {
    const acts: { id: string; act: Act; who: string }[] = [];
    const incidents = {
      ...sampleIncidents,
      act: async (id: string, act: Act, who: string) => {
        acts.push({ id, act, who });
        return sampleDetail.incident;
      },
    };
    const response = await open({ incidents }).ask(`/incidents/inc-disk/${act}`, { method: 'POST', body, headers });
    return { response, acts };
  }

  test.each<[string, string, Act]>([
    ['acknowledge', '', { kind: 'acknowledge' }],
    ['unacknowledge', '', { kind: 'unacknowledge' }],
    ['resolve', '', { kind: 'resolve', note: '' }],
    ['split', '', { kind: 'split' }],
    ['unsuppress', '', { kind: 'unsuppress' }],
    ['note', 'text=+mine+%3Cb%3E', { kind: 'note', text: 'mine <b>' }],
    ['suppress', 'hours=4&note=deploy', { kind: 'suppress', until: new Date('2026-03-02T14:30:00Z'), note: 'deploy' }],
  ])('%s is done once, and the page is shown again with a word on it', async (act, body, expected) => {
    const { response, acts } = await post(act, body);
    expect(acts).toEqual([{ id: 'inc-disk', act: expected, who: 'somebody on this machine' }]);
    expect(response.status).toBe(303);
    const location = response.headers.get('location') ?? '';
    expect(location).toBe(`/incidents/inc-disk?done=${act}`);
    expect(await read(location)).toContain('role="status"');
  });

  test.each<[string, Record<string, string>]>([
    ['of another site', { ...here, origin: 'https://evil.example' }],
    ['of another port of this machine', { ...here, origin: 'http://localhost:8080' }],
    ['of a sandboxed page', { ...here, origin: 'null' }],
    ['without an origin', { 'content-type': here['content-type'] }],
  ])('a form %s changes nothing', async (_what, headers) => {
    const { response, acts } = await post('resolve', '', headers);
    expect([response.status, acts]).toEqual([403, []]);
  });

  test.each([
    ['note', 'text=++', 400],
    ['note', `text=${'x'.repeat(2001)}`, 400],
    ['suppress', 'hours=0', 400],
    ['suppress', 'hours=721', 400],
    ['constructor', '', 404],
    ['explode', '', 404],
  ])('%s with %s is refused', async (act, body, status) => {
    const { response, acts } = await post(act, body);
    expect([response.status, acts]).toEqual([status, []]);
  });

  test.each<[string, GivenFeedback]>([
    ['verdict=up', { verdict: 'up', category: null, rootCause: null, note: '' }],
    ['verdict=down&category=timeout_error', { verdict: 'down', category: null, rootCause: null, note: '' }],
    [
      'verdict=corrected&category=timeout_error&root_cause=+slow+disk+',
      { verdict: 'corrected', category: 'timeout_error', rootCause: 'slow disk', note: '' },
    ],
  ])('feedback %s is given in the name of who is there', async (body, expected) => {
    const told: unknown[] = [];
    const feedback: FeedbackSources = {
      ...sourcesWith().feedback,
      give: async (id, given, who) => {
        told.push({ id, given, who });
        return sourcesWith()
          .feedback.give(id, given, who)
          .catch(() => ({}) as never);
      },
    };
    const response = await open({ feedback }).ask('/incidents/inc-disk/feedback', { method: 'POST', body, headers: here });
    expect(response.headers.get('location')).toBe('/incidents/inc-disk?done=feedback');
    expect(told).toEqual([{ id: 'inc-disk', given: expected, who: 'somebody on this machine' }]);
  });

  test('an unknown word in the address says nothing', async () => {
    expect(await read('/incidents/inc-disk?done=%3Cscript%3E')).not.toContain('role="status"');
  });
});

describe('who may not', () => {
  const tokens = [
    { name: 'reader', token: 'read-token-0123456789', scopes: ['read' as const] },
    { name: 'writer', token: 'write-token-0123456789', scopes: ['read' as const, 'write' as const] },
  ];
  const as = (token: string) => ({ authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}`, accept: 'text/html' });
  const { ask } = askApp({ sources: sourcesWith({ incidents: sampleIncidents, dags: sampleDags }), settings: { tokens } });

  test('say who they are is told how, by a browser and a page that loads nothing', async () => {
    const response = await ask('/incidents', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="windsock", charset="UTF-8"');
    expect((await ask('/incidents')).headers.get('www-authenticate')).toMatch(/^Bearer .*, Basic /);
    const html = await response.text();
    expect(html).toContain('give the token as password');
    expect(html).not.toMatch(/<link|<img|<script/);
    expect(html).not.toContain('production');
  });

  test('write sees no forms, and they do nothing', async () => {
    const html = await (await ask('/incidents/inc-disk', { headers: as(tokens[0]?.token ?? '') })).text();
    expect(html).not.toContain('<form method="post"');
    expect(html).toContain('needs the scope write');
    const answer = await ask('/incidents/inc-disk/resolve', {
      method: 'POST',
      headers: { ...as(tokens[0]?.token ?? ''), origin: 'http://localhost:9112' },
    });
    expect(answer.status).toBe(403);
    expect(await (await ask('/incidents/inc-disk', { headers: as(tokens[1]?.token ?? '') })).text()).toContain(
      '<form method="post"',
    );
  });
});

const evil = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>javascript:&amp;`;

/** The value with every text in it made hostile, but those of closed sets. */
function poisoned<Value>(value: Value, key = ''): Value {
  if (typeof value === 'string') return (closed.has(key) ? value : evil) as Value;
  if (value instanceof Date || value === null || typeof value !== 'object') return value;
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [name, poisoned(each)])) as Value;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, key)) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poisoned(each, name)])) as Value;
}
const closed = new Set(
  'kind type state severity alertSeverity unit source category transient ref why outcome endReason id day verdict'.split(' '),
);

test.each([
  ['/incidents/inc-disk', 25],
  ['/incidents', 8],
  ['/errors', 4],
  ['/errors/some', 12],
  ['/dags', 12],
  ['/dags/ledger_export', 12],
  ['/slas', 12],
])('on %s what comes from logs and from Airflow is text', async (path, timesMin) => {
  const incidents = await sampleIncidents.list({}, { after: null, limit: 10 });
  const [list, one] = [await sampleDags.list({}, { after: null, limit: 1 }), await sampleDags.read('ledger_export')];
  const clusters = await samplePatterns.clusters({}, { after: null, limit: 10 });
  const html = await read(path, {
    incidents: {
      ...sampleIncidents,
      list: async () => poisoned(incidents),
      read: async () => poisoned(sampleDetail),
      causes: async (ids) => poisoned(await sampleIncidents.causes(ids)),
    },
    dags: { ...sampleDags, list: async () => poisoned(list), read: async () => poisoned(one) },
    slas: { list: async (filter, page) => poisoned(await sampleSlas.list(filter, page)) },
    patterns: {
      ...sourcesWith().patterns,
      clusters: async () => poisoned(clusters),
      cluster: async (id) => poisoned(await samplePatterns.cluster(id)),
      found: async () => poisoned(await samplePatterns.found()),
    },
  });
  expect(html).not.toMatch(/<img src=x|"'>|href="javascript:|<script>/);
  expect(html.split('&lt;script&gt;').length - 1).toBeGreaterThan(timesMin);
});
