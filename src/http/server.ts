import { getRequestListener } from '@hono/node-server';
import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { answerClientError } from './client-error.ts';
import { problemOf, problemType } from './problem.ts';
import { tlsLayer, type TlsSettings } from './tls.ts';

/** What clients may take. Times in milliseconds, by Node's own names. */
export interface Limits extends Required<
  Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'>
> {
  /** A client that neither sends nor takes anything for so long is gone. */
  silentTimeout: number;
  connectionsMax: number;
  /** From one address: whoever opens them without end leaves room for Prometheus and for probes. */
  connectionsOfPeerMax: number;
}

export const usualLimits: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than Prometheus' usual interval, so that scrapes share a connection.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
  silentTimeout: 60_000,
  connectionsMax: 1000,
  connectionsOfPeerMax: 500,
};
const headerBytesMax = 16_384;
const pipelinedMax = 10;
/** Requests under way get this long at the end. */
const closeWithinMs = 1000;

export interface HttpServer {
  server: Server;
  /** How connections are secured from now on. */
  secure(settings: TlsSettings | null): void;
  /** Lets requests under way end, but not for long, and closes every connection. */
  close(this: void): Promise<void>;
}

type Fetch = (request: Request, env: { peer: string }) => Response | Promise<Response>;

/** Node's HTTP server in front of `fetch`: with limits on how slow and how large requests may be, and with changeable TLS. */
export function createHttpServer(fetch: Fetch, limits: Limits): HttpServer {
  const listener = getRequestListener((request, { incoming }) => fetch(request, { peer: incoming.socket.remoteAddress ?? '' }), {
    // An HTTP/1.0 probe may leave Host out; that of the access rule stays empty then.
    hostname: 'localhost',
    errorHandler: () => new Response(JSON.stringify(problemOf(400)), { status: 400, headers: { 'content-type': problemType } }),
  });
  const { connectionsMax, connectionsOfPeerMax, silentTimeout, ...times } = limits;
  const options = { ...times, maxHeaderSize: headerBytesMax };
  const server = createServer(options, (request, response) => {
    if (isNextOfFew(request.socket, response)) void listener(request, response);
    else request.socket.destroy();
  });
  server.timeout = silentTimeout;
  server.maxConnections = connectionsMax;
  server.on('clientError', answerClientError);

  // TLS can come, change or go with the web config file while the port stays open: each new connection goes to Node's HTTP
  // handling as it is, or through the layer of the moment.
  const [serveHttp] = server.listeners('connection');
  const serveOn = (socket: Socket): void => serveHttp?.call(server, socket);
  const sockets = new Set<Socket>();
  const peers = countPeers(connectionsOfPeerMax);
  let layer: TlsServer | null = null;
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress ?? '';
    if (!peers.enter(peer)) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      peers.leave(peer);
    });
    // The last free place is taken: those who only keep one make room.
    if (sockets.size >= connectionsMax) server.closeIdleConnections();
    if (layer === null) serveOn(socket);
    else layer.emit('connection', socket);
  });

  function secure(settings: TlsSettings | null): void {
    layer = settings === null ? null : tlsLayer(settings, serveOn);
    // Who came by the old rules comes again by the new.
    server.closeIdleConnections();
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((done) => {
      server.close(() => done());
    });
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const late = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, closeWithinMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }

  return { server, secure, close };
}

const underWay = new WeakMap<Socket, number>();

/**
 * Whether so few requests of this connection are under way that one more may be. Node begins all that arrive together: a
 * thousand sent at once would be worked on at once. Clients send the next after the answer; some old ones send two or three.
 */
function isNextOfFew(socket: Socket, response: ServerResponse): boolean {
  const count = (underWay.get(socket) ?? 0) + 1;
  if (count > pipelinedMax || socket.destroyed) return false;
  underWay.set(socket, count);
  response.on('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
  return true;
}

/** Who is connected how often, and whether one more is too much. */
function countPeers(max: number) {
  const counts = new Map<string, number>();
  return {
    enter(peer: string): boolean {
      const count = (counts.get(peer) ?? 0) + 1;
      if (count <= max) counts.set(peer, count);
      return count <= max;
    },
    leave(peer: string): void {
      const left = (counts.get(peer) ?? 0) - 1;
      if (left > 0) counts.set(peer, left);
      else counts.delete(peer);
    },
  };
}
