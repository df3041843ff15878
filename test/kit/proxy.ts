import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a database, to break the way there on purpose. */
export interface Proxy extends AsyncDisposable {
  /** The database's URL by way of the proxy. */
  url: string;
  /** Connections stay open and new ones are accepted, but nothing gets through: a peer that does not answer. */
  freeze(): void;
  thaw(): void;
  /** Ends every connection and refuses new ones: a peer that is down. */
  cut(): void;
  restore(): Promise<void>;
  /** Connections that are open now. */
  connections(): number;
}

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const hold = ([a, b]: readonly [Socket, Socket]) => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      from.unpipe(to);
      from.pause();
    }
  };
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    if (frozen) return hold(pair);
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) =>
    new Promise<number>((done) => {
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        done(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  const port = await listen(0);
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const cut = () => {
    server.close();
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: url.href,
    freeze() {
      frozen = true;
      for (const pair of pairs) hold(pair);
    },
    thaw() {
      frozen = false;
      for (const [near, far] of pairs) near.pipe(far).pipe(near);
    },
    cut,
    async restore() {
      frozen = false;
      await listen(port);
    },
    connections: () => pairs.size,
    async [Symbol.asyncDispose]() {
      cut();
    },
  };
}
