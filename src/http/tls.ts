import { isIP, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import { cipherNames, curveNames, type TlsServerConfig } from './web-config-schema.ts';

/** TLS with its certificates read. */
export interface TlsSettings extends Omit<
  TlsServerConfig,
  'cert' | 'key' | 'client_ca' | 'cert_file' | 'key_file' | 'client_ca_file'
> {
  /** PEM: the certificate and those between it and its root. */
  cert: string;
  key: string;
  /** PEM; what clients' certificates are verified against. */
  clientCa: string | null;
  validUntil: Date;
}

const versions = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
/** TLS 1.3 suites are no part of the format; leaving them out would switch TLS 1.3 off. */
const tls13Ciphers = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];
const handshakeWithinMs = 10_000;

/** Node's options for the settings of a web config file. */
export function tlsOptions(settings: TlsSettings): TlsOptions {
  const { client_auth_type: auth, cipher_suites: ciphers, curve_preferences: curves } = settings;
  return {
    cert: settings.cert,
    key: settings.key,
    ...(settings.clientCa === null ? {} : { ca: settings.clientCa }),
    minVersion: versions[settings.min_version],
    maxVersion: versions[settings.max_version],
    ...(ciphers.length === 0 ? {} : { ciphers: [...tls13Ciphers, ...ciphers.map((name) => cipherNames[name])].join(':') }),
    ...(curves.length === 0 ? {} : { ecdhCurve: curves.map((name) => curveNames[name]).join(':') }),
    honorCipherOrder: settings.prefer_server_cipher_suites,
    requestCert: auth !== 'NoClientCert',
    rejectUnauthorized: auth === 'RequireAndVerifyClientCert',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeWithinMs,
  };
}

/** Node's text of a certificate's alternative names → the names; a name with odd characters is quoted there. */
function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  const pattern = /(?:DNS|email|URI):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;
  return [...(subjectAltName ?? '').matchAll(pattern)].map(([, name = '']) => {
    return name.startsWith('"') ? String(JSON.parse(name)) : name;
  });
}

/** Whether the client may go on; what the handshake itself did not decide. `certificate` is undefined when it sent none. */
function admitsClient(
  { client_auth_type: auth, client_allowed_sans: sans }: Pick<TlsSettings, 'client_auth_type' | 'client_allowed_sans'>,
  certificate: X509Certificate | undefined,
  verified: boolean,
): boolean {
  const named =
    sans === undefined ||
    (certificate !== undefined &&
      sans.some((san) =>
        isIP(san) === 0 ? alternativeNames(certificate).includes(san) : certificate.checkIP(san) !== undefined,
      ));
  switch (auth) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'VerifyClientCertIfGiven':
      return certificate === undefined || verified;
    case 'RequireClientCert':
    case 'RequireAnyClientCert':
      return certificate !== undefined && named;
    case 'RequireAndVerifyClientCert':
      return certificate !== undefined && verified && named;
  }
}

/**
 * A layer of TLS with no port of its own: connections are given to it with `emit('connection', socket)`, and `serve` gets
 * those whose handshake is done.
 */
export function tlsLayer(settings: TlsSettings, serve: (socket: TLSSocket) => void): Server {
  const server = createServer(tlsOptions(settings), (socket) => {
    if (admitsClient(settings, socket.getPeerX509Certificate(), socket.authorized)) return serve(socket);
    socket.destroy();
  });
  // A client that cannot agree with us; there is nothing to say to it that it would read.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  return server;
}
