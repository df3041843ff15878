import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { testWith } from '../kit/binaries.ts';

const root = resolve(import.meta.dirname, '../..');
const example = readFileSync(join(root, '.env.example'), 'utf8');

function run(program: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, said: stdout + stderr };
}

function workFolder() {
  const path = mkdtempSync(join(tmpdir(), 'windsock-deploy-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

// Its schema is that of the compose specification.
testWith('docker-compose', 'docker-compose.yml is valid once .env is filled in, and says what is missing before', (compose) => {
  using folder = workFolder();
  const filled = join(folder.path, 'filled');
  writeFileSync(filled, example.replaceAll(/^([A-Z_]+)=$/gm, '$1=0123456789abcdef0123456789abcdef'));
  expect(run(compose, ['--env-file', filled, '--profile', 'ollama', 'config', '-q'])).toEqual({ status: 0, said: '' });
  const empty = run(compose, ['--env-file', join(root, '.env.example'), 'config', '-q']);
  expect(empty.status).not.toBe(0);
  expect(empty.said).toContain('is not set, see .env.example');
});

testWith('promtool', 'the configuration of Prometheus in docker-compose.yml is valid', (promtool) => {
  using folder = workFolder();
  // As the container mounts it.
  cpSync(join(root, 'deploy/compose/prometheus.yml'), join(folder.path, 'prometheus.yml'));
  mkdirSync(join(folder.path, 'rules'));
  cpSync(join(root, 'prometheus/rules'), join(folder.path, 'rules'), { recursive: true });
  const { status, said } = run(promtool, ['check', 'config', join(folder.path, 'prometheus.yml')]);
  expect(status, said).toBe(0);
  expect(said).toContain('3 rule files found');
});

testWith('amtool', 'the configuration of Alertmanager in docker-compose.yml is valid', (amtool) => {
  const { status, said } = run(amtool, ['check-config', join(root, 'deploy/compose/alertmanager.yml')]);
  expect(status, said).toBe(0);
});

testWith('python3', 'the DAGs of docker-compose.yml are Python', (python) => {
  const files = readdirSync(join(root, 'deploy/dags')).filter((file) => file.endsWith('.py'));
  expect(files).toContain('flaky_orders.py');
  for (const file of files) {
    const source = `compile(open(${JSON.stringify(join(root, 'deploy/dags', file))}).read(), ${JSON.stringify(file)}, "exec")`;
    expect(run(python, ['-c', source])).toEqual({ status: 0, said: '' });
  }
});

testWith('bash', 'the scripts of docker-compose.yml parse', (bash) => {
  for (const file of readdirSync(join(root, 'deploy/compose')).filter((name) => name.endsWith('.sh')))
    expect(run(bash, ['-n', join(root, 'deploy/compose', file)])).toEqual({ status: 0, said: '' });
});
