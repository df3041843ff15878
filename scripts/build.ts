import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

// Emits dist/ for the npm package: Node refuses to strip types inside node_modules, so the package ships JavaScript. What strips
// them takes 18 MB of memory a thread besides, so the demo and the benchmarks run dist/, too. For these, with `--if-changed`, dist is
// a link to a folder that is named by what it was made of: who runs one goes on with its files while another is built.
const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');
const dist = join(root, 'dist');
const isLinked = process.argv.includes('--if-changed');
/** Written last, so that a build that broke off is not taken for one. */
const stampOf = (folder: string): string => join(folder, 'built');

function hashOfSources(): string {
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.ts'].map((name) =>
    join(root, name),
  );
  const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash('sha256');
  for (const path of [...files.map((entry) => join(entry.parentPath, entry.name)).sort(), ...others]) {
    const text = readFileSync(path);
    hash.update(`${relative(root, path)} ${text.length}\n`).update(text);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Any of the newest may be running. */
const linkedKept = 5;
const linkedNames = /^dist-[0-9a-f]{12}$/;

/** Lets dist be `folder`, at once; of those before, the oldest go. */
function linkTo(folder: string): void {
  const link = join(root, `dist-link-${process.pid}`);
  // Relative: the project may be moved.
  symlinkSync(basename(folder), link, 'junction');
  if (existsSync(dist) && !lstatSync(dist).isSymbolicLink()) rmSync(dist, { recursive: true });
  renameSync(link, dist);
  const before = readdirSync(root).filter((name) => linkedNames.test(name) && join(root, name) !== folder);
  const newestFirst = before
    .map((name) => ({ path: join(root, name), atMs: statSync(join(root, name)).mtimeMs }))
    .sort((a, b) => b.atMs - a.atMs);
  for (const { path } of newestFirst.slice(linkedKept - 1)) rmSync(path, { recursive: true, force: true });
}

const linked = isLinked ? join(root, `dist-${hashOfSources()}`) : null;
if (linked !== null && existsSync(stampOf(linked))) {
  linkTo(linked);
  process.exit(0);
}

const out = join(root, `dist-new-${process.pid}`);
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
try {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json', '--outDir', out],
    { cwd: root, stdio: 'inherit' },
  );
} catch {
  console.error('build: tsc reported errors, so there is no new dist/');
  process.exit(1);
}

// Whatever else lies in the rooms (migrations, schemas) goes along at the same place.
const assets = readdirSync(src, { recursive: true, withFileTypes: true }).filter(
  (entry) => entry.isFile() && !entry.name.endsWith('.ts'),
);
for (const asset of assets) {
  const from = join(asset.parentPath, asset.name);
  cpSync(from, from.replace(src, out));
}

// tsc rewrites the extension in imports, but not in the URL of a worker thread.
const workerUrl = /new URL\((['"])(\.{1,2}\/[^'"]+)\.ts\1, import\.meta\.url\)/g;
let emitted = 0;
const missing: string[] = [];
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
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
writeFileSync(stampOf(out), '');
if (linked === null) {
  rmSync(dist, { recursive: true, force: true });
  renameSync(out, dist);
} else {
  // Another may have built the same meanwhile.
  if (!existsSync(stampOf(linked))) {
    rmSync(linked, { recursive: true, force: true });
    renameSync(out, linked);
  }
  linkTo(linked);
}
console.log(`build: ${emitted} modules and ${assets.length} other files in dist/`);
