import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  folder: string;
  /** Path of a file in the folder. */
  path(name: string): string;
  /** NAME.crt and NAME.key, signed by AUTHORITY.crt, or by itself. */
  make(name: string, options?: { by?: string; names?: string; days?: number }): void;
  [Symbol.dispose](): void;
}

/** A folder of certificates made with openssl at test time. */
export function certificateFolder(openssl: string): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-tls-'));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    make(name, { by, names = 'DNS:localhost,IP:127.0.0.1', days = 2 } = {}) {
      const signer = by === undefined ? [] : ['-CA', path(`${by}.crt`), '-CAkey', path(`${by}.key`)];
      const use = ['-addext', `basicConstraints=critical,CA:${by === undefined ? 'TRUE' : 'FALSE'}`];
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', path(`${name}.key`)];
      const about = ['-subj', `/CN=${name}`, '-days', String(days), '-addext', `subjectAltName=${names}`, ...use];
      execFileSync(openssl, ['req', '-x509', ...key, ...about, ...signer, '-out', path(`${name}.crt`)], { stdio: 'pipe' });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
