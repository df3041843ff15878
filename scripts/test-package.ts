import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { startEmbedded } from '../src/store/embedded.ts';
import { installedIn } from './package/installed.ts';

// Packs Windsock, installs the tarball in an empty folder as a user would, and runs it with a PATH that holds one Node and
// nothing of this project: the newest Node must work, an old one must say in one line what it lacks.
const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'windsock-package-'));
chmodSync(work, 0o755); // the embedded PostgreSQL runs as an unprivileged user where we are root
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const majorOf = (node: string): number =>
  Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));

let passed = 0;
const failures: string[] = [];
function check(guarantee: string, holds: boolean, seen: unknown): void {
  if (holds) passed += 1;
  else failures.push(guarantee);
  console.log(holds ? `ok      ${guarantee}` : `FAILED  ${guarantee}\n        seen: ${JSON.stringify(seen)}`);
}

const { windsock, serveUntil } = installedIn(work);

/** A Node older than 24: the machine's own when it is one, else from the registry. */
function oldNode(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (existsSync(node) && majorOf(node) < 24) return node;
  }
  const folder = join(work, 'old-node');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const name = `node-${process.platform}-${process.arch}`;
  npm(['install', `${name}@20`, '--ignore-scripts'], folder);
  return join(folder, 'node_modules', name, 'bin/node');
}

execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' });
const packList = z.tuple([z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) })]);
const [{ filename, size, files }] = packList.parse(JSON.parse(npm(['pack', '--json', '--pack-destination', work], root)));
const paths = files.map(({ path }) => path);
console.log(`packed ${filename}: ${paths.length} files, ${Math.round(size / 1024)} kB`);

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)));
const beside = [
  'bin/windsock.cjs',
  'docs/airflow-role.sql',
  'docs/CONFIGURATION.md',
  'grafana/json/windsock-overview.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'NOTICE',
];
const needed = [...beside, ...sources.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`)];
const absent = needed.filter((path) => !paths.includes(path));
check(
  `the package holds the program, its ${sources.filter((file) => !file.endsWith('.ts')).length} other files, documentation and licence`,
  absent.length === 0 && sources.length > 50,
  absent,
);
const stray = paths.filter(
  (path) => /^(src|test|scripts|bench)\//.test(path) || (path.startsWith('dist/') && path.endsWith('.ts')),
);
check('the package holds no sources and no tests', stray.length === 0, stray);

const consumer = join(work, 'consumer');
mkdirSync(consumer);
writeFileSync(join(consumer, 'package.json'), '{ "private": true }');
// Without install scripts, as npm 12 does it unless they are approved.
npm(['install', join(work, filename), '--omit=dev', '--ignore-scripts'], consumer);
check('the package brings no Node of its own', !existsSync(join(consumer, 'node_modules/node')), 'node_modules/node');

const newest = process.execPath;
console.log(`with Node ${majorOf(newest)}:`);
const version = await windsock(newest, ['--version']);
check('--version prints the version', version.code === 0 && filename === `windsock-${version.stdout.trim()}.tgz`, version);
const help = await windsock(newest, ['--help']);
check(
  '--help lists the commands',
  help.code === 0 && ['serve', 'demo', 'check', 'backfill'].every((name) => help.stdout.includes(name)),
  help,
);
const unset = await windsock(newest, ['check']);
const named = /airflow\.database_url/.test(unset.stdout + unset.stderr);
check(
  'check without a configuration names what is missing and exits 2',
  unset.code === 2 && named && !/\n\s+at /.test(unset.stderr),
  unset,
);

const postgres = await startEmbedded({ dataDir: join(work, 'airflow'), fast: true });
try {
  const url = await postgres.databaseUrl('airflow');
  const client = new pg.Client(url);
  await client.connect();
  await client.query(readFileSync(join(root, 'src/demo/schema/airflow-3.3.2.sql'), 'utf8'));
  await client.end();
  const environment = { WINDSOCK_AIRFLOW_DATABASE_URL: url, WINDSOCK_HTTP_HOST: '127.0.0.1' };
  const served = await serveUntil(newest, ['serve', '--port', '0'], environment, /^airflow_up 1$/m);
  check(
    'serve reads a real schema with an embedded store of its own, shows its page, and SIGTERM ends it with 0',
    served.shown && served.page.includes('<html') && served.code === 0,
    served,
  );
  console.log(`        first numbers after ${served.seconds.toFixed(1)} s`);
} finally {
  await postgres.stop();
}

const demonstrated = await serveUntil(
  newest,
  ['demo', '--port', '0', '--history', '2d', '--data-dir', join(work, 'demo')],
  { WINDSOCK_HTTP_HOST: '127.0.0.1' },
  /^airflow_task_last_success_timestamp_seconds\{/m,
);
check('demo shows a simulated Airflow, and SIGTERM ends it with 0', demonstrated.shown && demonstrated.code === 0, demonstrated);
console.log(`        first numbers after ${demonstrated.seconds.toFixed(1)} s`);

const old = oldNode();
console.log(`with Node ${majorOf(old)}:`);
const refused = await windsock(old, ['--version']);
const oneLine = /^windsock needs Node\.js 24 or newer, but this is Node\.js \d+\.\d+\.\d+\.\n$/.test(refused.stderr);
check(
  'an old Node exits 2 with one line that names the version needed',
  refused.code === 2 && oneLine && refused.stdout === '',
  refused,
);

console.log(`package: ${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
