import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorText } from '../lib/errors.ts';
import { tlsOptions, type TlsSettings } from './tls.ts';
import { webConfigSchema, type TlsServerConfig } from './web-config-schema.ts';

/** A web config file, read and checked, with the files that it names. */
export interface WebConfig {
  tls: TlsSettings | null;
  headers: Readonly<Record<string, string>>;
  /** Name → bcrypt hash. */
  users: ReadonlyMap<string, string>;
}

export const noWebConfig: WebConfig = { tls: null, headers: {}, users: new Map() };

export interface ReadWebConfig {
  /** Of everything that was read, so that a change shows. */
  digest: string;
  result: { ok: true; config: WebConfig } | { ok: false; message: string };
}

type Fault = [path: string, message: string];

/** A web config file as it is now. Its faults are told all at once, each with its path, and hold no value. */
export async function readWebConfig(file: string): Promise<ReadWebConfig> {
  const hash = createHash('sha256');
  const faults: Fault[] = [];
  const read = async (path: string, where: string): Promise<string | undefined> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
      faults.push([where, code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read (${code})`]);
      return undefined;
    });
    hash.update(JSON.stringify([path, text ?? null]));
    return text;
  };
  const text = await read(resolve(file), '');
  const config = text === undefined ? undefined : await parse(text, dirname(resolve(file)), read, faults);
  const digest = hash.digest('hex');
  if (config !== undefined && faults.length === 0) return { digest, result: { ok: true, config } };
  const lines = faults.map(([where, message]) => (where === '' ? message : `${where}: ${message}`));
  return { digest, result: { ok: false, message: `http.web_config_file ${file}: ${lines.join('; ')}` } };
}

type ReadText = (path: string, where: string) => Promise<string | undefined>;

async function parse(text: string, folder: string, read: ReadText, faults: Fault[]): Promise<WebConfig | undefined> {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) {
    faults.push([`line ${broken.linePos?.[0].line ?? 1}`, `is no YAML (${broken.code})`]);
    return undefined;
  }
  const parsed = webConfigSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    faults.push(...parsed.error.issues.flatMap(faultsOf));
    return undefined;
  }
  const { tls_server_config: tls, http_server_config: http, basic_auth_users: users } = parsed.data;
  // A blank value unsets a header.
  const headers = Object.fromEntries(Object.entries(http.headers).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const settings = tls === undefined ? null : await readTls(tls, folder, read, faults);
  return settings === undefined ? undefined : { tls: settings, headers, users: new Map(Object.entries(users)) };
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => [[...path, key].join('.'), 'is no setting of a web config file']);
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [[path.join('.'), message]];
}

const openSslReason = (error: unknown): string => errorText(error).replace(/^error:[0-9A-F]+:/, '');

async function readTls(
  { cert, key, client_ca, cert_file, key_file, client_ca_file, ...rest }: TlsServerConfig,
  folder: string,
  read: ReadText,
  faults: Fault[],
): Promise<TlsSettings | undefined> {
  const before = faults.length;
  const at = (name: string) => `tls_server_config.${name}`;
  const textOf = async (inline: string | undefined, path: string | undefined, name: string) =>
    path === undefined ? inline : read(resolve(folder, path), at(name));
  const certificate = await textOf(cert, cert_file, 'cert_file');
  const privateKey = await textOf(key, key_file, 'key_file');
  const clientCa = await textOf(client_ca, client_ca_file, 'client_ca_file');
  const attempt = <Result>(name: string, file: string | undefined, what: string, work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      const where = at(file === undefined ? name : `${name}_file`);
      const encrypted = name === 'key' && /interrupted or cancelled|MISSING_PASSPHRASE/i.test(openSslReason(error));
      faults.push([
        where,
        encrypted ? 'is encrypted; Windsock takes a key without a passphrase' : `${what} (${openSslReason(error)})`,
      ]);
      return undefined;
    }
  };
  const leaf =
    certificate === undefined
      ? undefined
      : attempt('cert', cert_file, 'is no PEM certificate', () => new X509Certificate(certificate));
  const owner =
    privateKey === undefined ? undefined : attempt('key', key_file, 'is no PEM key', () => createPrivateKey(privateKey));
  if (clientCa !== undefined) attempt('client_ca', client_ca_file, 'is no PEM certificate', () => new X509Certificate(clientCa));
  if (leaf && owner && !leaf.checkPrivateKey(owner))
    faults.push([at(key_file === undefined ? 'key' : 'key_file'), 'is not the key of the certificate']);
  if (faults.length > before || certificate === undefined || privateKey === undefined || leaf === undefined) return undefined;
  const settings = {
    ...rest,
    cert: certificate,
    key: privateKey,
    clientCa: clientCa ?? null,
    validUntil: new Date(leaf.validTo),
  };
  // OpenSSL has the last word: on keys that are too short, for instance.
  return attempt('cert', cert_file, 'cannot be used', () => createSecureContext(tlsOptions(settings))) && settings;
}
