import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from './eventually.ts';

export interface PgBouncer extends AsyncDisposable {
  /** The database's URL by way of PgBouncer. */
  url: string;
  /** Connections of clients to it now. */
  clients(): Promise<number>;
}

const nobody = 65_534;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A real PgBouncer in transaction mode, set up as Airflow's Helm chart does. */
export async function startPgBouncer(program: string, databaseUrl: string): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'windsock-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  await writeFile(join(folder, 'users.txt'), `"${target.username}" "${target.password}"\n`);
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${target.hostname} port=${target.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${join(folder, 'users.txt')}`,
      `stats_users = ${target.username}`,
      'pool_mode = transaction',
      'ignore_startup_parameters = extra_float_digits',
    ].join('\n'),
  );
  // It does not run as root.
  const child = spawn(program, [join(folder, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}),
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const exit = new Promise<void>((done) => child.on('close', () => done()));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const stop = async () => {
    child.kill('SIGINT');
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  const ask = async <Row extends object>(database: string, text: string): Promise<Row[]> => {
    const place = new URL(url);
    place.pathname = `/${database}`;
    const client = new pg.Client(place.href);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  await eventually('PgBouncer answers', () => ask(target.pathname.slice(1), 'SELECT 1')).catch(async (error: unknown) => {
    await stop();
    throw new Error(`PgBouncer does not start: ${output}`, { cause: error });
  });
  return {
    url: url.href,
    clients: async () =>
      (await ask<{ database: string }>('pgbouncer', 'SHOW CLIENTS')).filter(({ database }) => database !== 'pgbouncer').length,
    [Symbol.asyncDispose]: stop,
  };
}
