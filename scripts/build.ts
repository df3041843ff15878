import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Emits dist/ for the npm package: Node refuses to strip types inside node_modules, so the package ships JavaScript. What strips
// them takes 18 MB of memory a thread besides, so the demo and the benchmarks run dist/, too. `--if-changed`: unless it is newer
// than all that it is made of.
const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');
const dist = join(root, 'dist');
/** Written last, so that a build that broke off is not taken for one. */
const stamp = join(dist, 'built');

const changedAtMs = (path: string): number => statSync(path).mtimeMs;
/** A folder's own time tells of files that went. */
function isBuilt(): boolean {
  if (!existsSync(stamp)) return false;
  const parts = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((name) => join(src, name));
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.ts'].map((name) =>
    join(root, name),
  );
  return Math.max(...[src, ...parts, ...others].map(changedAtMs)) < changedAtMs(stamp);
}
if (process.argv.includes('--if-changed') && isBuilt()) process.exit(0);

rmSync(dist, { recursive: true, force: true });
try {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
} catch {
  console.error('build: tsc reported errors, so dist/ is incomplete');
  process.exit(1);
}

// Whatever else lies in the rooms (migrations, schemas) goes along at the same place.
const assets = readdirSync(src, { recursive: true, withFileTypes: true }).filter(
  (entry) => entry.isFile() && !entry.name.endsWith('.ts'),
);
for (const asset of assets) {
  const from = join(asset.parentPath, asset.name);
  cpSync(from, from.replace(src, dist));
}

// tsc rewrites the extension in imports, but not in the URL of a worker thread.
const workerUrl = /new URL\((['"])(\.{1,2}\/[^'"]+)\.ts\1, import\.meta\.url\)/g;
let emitted = 0;
const missing: string[] = [];
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
  emitted += 1;
  const path = join(entry.parentPath, entry.name);
  const before = readFileSync(path, 'utf8');
  const after = before.replaceAll(workerUrl, (_, quote: string, target: string) => {
    if (!existsSync(resolve(entry.parentPath, `${target}.js`))) missing.push(`${path} names ${target}.js`);
    return `new URL(${quote}${target}.js${quote}, import.meta.url)`;
  });
  if (after !== before) writeFileSync(path, after);
  if (/['"]\.{1,2}\/[^'"]*\.ts['"]/.test(after)) missing.push(`${path} still names a .ts file`);
}
if (missing.length > 0) {
  console.error(`build: ${missing.join('\nbuild: ')}`);
  process.exit(1);
}
writeFileSync(stamp, '');
console.log(`build: ${emitted} modules and ${assets.length} other files in dist/`);
