import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createAlertmanager, readBody, startReceiver } from '../kit/alertmanager.ts';
import { findBinary } from '../kit/binaries.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startWindsock } from '../kit/windsock.ts';
import { startBriskAirflow } from './alert-kit.ts';

const binary = findBinary('prometheus-alertmanager') ?? '';

/** Stands before an Alertmanager: an answer comes only when the gate lets it, and alerts pass only when it lets them. */
async function startGate(target: string) {
  const state = { passes: false, answers: false, held: 0 };
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      const isAlert = request.method === 'POST' && request.url === '/api/v2/alerts';
      if (isAlert && !state.passes) state.held += 1;
      if (isAlert && !state.passes) return;
      const passed = await fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json' },
        ...(body === '' ? {} : { body }),
      });
      if (isAlert && !state.answers) state.held += 1;
      else response.writeHead(passed.status).end(await passed.text());
    })().catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

// Side by side, each with its own Airflow, store and Alertmanager: most of the time they wait for clocks.
test.skipIf(binary === '').each([
  ['before the alert arrived', false],
  ['after the alert arrived and before the answer', true],
])(
  'serve killed between commit and send, %s: started anew it tells the incident, once, and its end (prometheus-alertmanager)',
  { concurrent: true },
  async (_when, passes) => {
    await using database = await createDatabase();
    await using store = await createDatabase('template_store');
    await using airflow = await startBriskAirflow(database);
    await using receiver = await startReceiver();
    await using member = await createAlertmanager(binary, { receiver: receiver.url });
    await using gate = await startGate(member.url);
    gate.state.passes = passes;
    const environment = {
      WINDSOCK_AIRFLOW_DATABASE_URL: database.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HISTORY: '1h',
      WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([gate.url]),
      WINDSOCK_NOTIFY_ALERTMANAGER_RESEND: '1s',
      // Longer than it takes to start anew, however busy the machine is.
      WINDSOCK_NOTIFY_ALERTMANAGER_ENDS_AFTER: '60s',
    };
    {
      await using windsock = startWindsock(environment);
      await windsock.says(/"leading/);
      await eventually('it is ready', async () => (await windsock.readyStatus()) === 200);
      airflow.simulation.inject({ kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 12 });
      await eventually('the alert is on its way', () => gate.state.held > 0);
      windsock.signal('SIGKILL');
      expect((await windsock.exit).signal).toBe('SIGKILL');
    }
    const committed = await store.query<{ kind: string; told: boolean }>(
      'SELECT kind, tellable_at IS NOT NULL AS told FROM incident WHERE root_id IS NULL',
    );
    expect(committed).toEqual([{ kind: 'task_failed', told: true }]);
    expect(await store.query('SELECT 1 FROM delivery')).toEqual([]);
    gate.state.passes = true;
    gate.state.answers = true;
    await using windsock = startWindsock(environment);
    await windsock.says(/"leading/);
    await eventually('it is told', () => receiver.told('task_id', 'fetch').length > 0);
    await eventually('its end is told', () => receiver.told('task_id', 'fetch').includes('resolved'), { withinMs: 90_000 });
    await new Promise((done) => setTimeout(done, 4000));
    expect(
      receiver.messages.flatMap(({ alerts }) => alerts.map(({ status, labels }) => `${labels['alertname']} ${status}`)),
    ).toEqual(['AirflowTaskFailed firing', 'AirflowTaskFailed resolved']);
  },
);
