import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const example = readFileSync(join(root, '.env.example'), 'utf8');

const service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  restart: z.string(),
  healthcheck: z.looseObject({}).optional(),
  read_only: z.boolean().optional(),
  profiles: z.array(z.string()).default([]),
});
const { services, volumes } = z
  .looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(text, { merge: true }));

/** What .env may set: all of it, and what has to be set. */
const settings = [...example.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }));
const required = settings.filter(({ value }) => value === '').map(({ name }) => name);

const filledIn = (value: string): string =>
  value.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, sign: string, rest: string) =>
    sign === '-' ? rest : `secret-of-${name.toLowerCase()}`,
  );

test('every secret comes from .env, and there is none in the file', () => {
  const secretive = Object.entries(services).flatMap(([name, { environment }]) =>
    Object.entries(environment).flatMap(([variable, value]) =>
      /PASSWORD|SECRET|TOKEN|_KEY$|_CONN$|DATABASE_URL$/.test(variable) ? [{ at: `${name} ${variable}`, value }] : [],
    ),
  );
  expect(secretive.length).toBeGreaterThan(15);
  const given = secretive.filter(({ value }) => !/\$\{\w+:(?:\?[^}]+|-)\}/.test(value)).map(({ at }) => at.split(' ')[1]);
  // A key of which nothing is encrypted, and the name of a file.
  expect(new Set(given)).toEqual(new Set(['AIRFLOW__CORE__FERNET_KEY', 'AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE']));
});

test('.env.example names every variable of the file and no other, and those without a default are empty there', () => {
  const used = [...text.matchAll(/\$\{(\w+)(:[?-])?/g)].map(([, name = '', sign = '']) => ({ name, sign }));
  expect(new Set(used.map(({ name }) => name).filter((name) => name !== 'HOSTNAME'))).toEqual(
    new Set(settings.map(({ name }) => name)),
  );
  expect(new Set(used.flatMap(({ name, sign }) => (sign === ':?' ? [name] : [])))).toEqual(new Set(required));
});

describe.each(Object.entries(services))('%s', (name, { image, ports, volumes: mounts, restart, healthcheck }) => {
  test('is a version that is pinned, and is seen to be well', () => {
    if (name !== 'windsock') expect(image).toMatch(/:v?\d+\.\d+(?:\.\d+|-)/);
    // Windsock's own check is in its image; what ends needs none.
    if (name !== 'windsock' && restart !== 'no') expect(healthcheck).toBeDefined();
  });

  test('is open to this machine alone, and mounts what is there', () => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const mount of mounts) {
      const [from = ''] = mount.split(':');
      if (from.startsWith('./')) {
        expect(existsSync(join(root, from)), from).toBe(true);
        expect(mount, 'what is ours is only read').toMatch(/:ro$/);
      } else expect(Object.keys(volumes)).toContain(from);
    }
  });
});

test('Windsock takes the configuration that it is given, and cannot change its own files', () => {
  const own = services['windsock'];
  const environment = Object.fromEntries(Object.entries(own?.environment ?? {}).map(([key, value]) => [key, filledIn(value)]));
  const config = loadConfig(environment, join(root, 'deploy/compose/windsock.yml'));
  expect(config.http.tokens).toMatchObject([
    { name: 'admin', scopes: ['read', 'write'] },
    { name: 'airflow', scopes: ['write'] },
  ]);
  expect(config.store.database_url).toContain('@postgres:5432/windsock');
  expect(config.llm.providers).toEqual([]);
  expect(own?.read_only).toBe(true);
  const asked = loadConfig({ ...environment, WINDSOCK_LLM_PROVIDERS: '["ollama"]' }, join(root, 'deploy/compose/windsock.yml'));
  expect(asked.llm).toMatchObject({ providers: ['ollama'], ollama: { base_url: 'http://ollama:11434' } });
});

test('what is optional is behind a profile', () => {
  const optional = Object.entries(services).flatMap(([name, { profiles }]) => (profiles.length === 0 ? [] : [name]));
  expect(optional).toEqual(['ollama', 'ollama-model']);
});
