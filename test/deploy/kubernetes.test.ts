import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { configurationReference } from '../../scripts/docs/configuration.ts';
import { configSchema } from '../../src/config.ts';
import { askApp, sourcesWith } from '../kit/http.ts';

const folder = resolve(import.meta.dirname, '../../deploy/kubernetes');
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});
const manifests = readdirSync(folder).flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    expect(document.errors, file).toEqual([]);
    return manifest.parse(document.toJS());
  }),
);

const one = <Schema extends z.ZodType>(kind: string, schema: Schema): z.output<Schema> => {
  const found = manifests.filter((each) => each.kind === kind);
  expect(found, kind).toHaveLength(1);
  return schema.parse(found[0]);
};

const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const deployment = one(
  'Deployment',
  z.object({
    spec: z.object({
      replicas: z.number(),
      selector,
      template: z.object({
        metadata: z.object({ labels }),
        spec: z.object({
          automountServiceAccountToken: z.literal(false),
          enableServiceLinks: z.literal(false),
          securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.number() }),
          volumes: z.array(
            z.object({
              name: z.string(),
              configMap: z.object({ name: z.string() }).optional(),
              secret: z.object({ secretName: z.string() }).optional(),
              emptyDir: z.object({}).optional(),
            }),
          ),
          containers: z.tuple([
            z.object({
              image: z.string(),
              env: z.array(z.object({ name: z.string(), value: z.string() })),
              ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
              resources: z.object({ requests: labels, limits: labels }),
              securityContext: z.object({
                allowPrivilegeEscalation: z.literal(false),
                readOnlyRootFilesystem: z.literal(true),
                capabilities: z.object({ drop: z.array(z.string()) }),
              }),
              volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
            }),
          ]),
        }),
      }),
    }),
  }),
);
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const secret = one(
  'Secret',
  z.object({ metadata: z.object({ name: z.string() }), stringData: z.record(z.string(), z.string()) }),
);
const configMap = one(
  'ConfigMap',
  z.object({ metadata: z.object({ name: z.string() }), data: z.record(z.string(), z.string()) }),
);

describe('the Deployment', () => {
  test('asks paths that exist and need no token, on its own port', async () => {
    const { ask } = askApp({ sources: sourcesWith({}) });
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect((await ask(httpGet.path, { peer: '203.0.113.7' })).status, httpGet.path).toBe(200);
      expect(container.ports.map(({ name }) => name)).toContain(httpGet.port);
    }
    expect(container.readinessProbe.httpGet.path).toBe('/readyz');
    expect(container.livenessProbe.httpGet.path, 'a store that does not answer is no reason to be killed').toBe('/healthz');
  });

  test('is more than one replica, as the user of the image, without privileges', () => {
    expect(deployment.spec.replicas).toBeGreaterThan(1);
    const dockerfile = readFileSync(join(folder, '../../Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`USER ${pod.securityContext.runAsUser}:`);
    expect(container.securityContext.capabilities.drop).toEqual(['ALL']);
    expect(container.image).toMatch(/:\d/);
  });

  test('mounts what it names, and can write where the image wants to', () => {
    expect(new Set(container.volumeMounts.map(({ name }) => name))).toEqual(new Set(pod.volumes.map(({ name }) => name)));
    const writable = pod.volumes.flatMap(({ name, emptyDir }) => (emptyDir === undefined ? [] : [name]));
    const paths = container.volumeMounts.flatMap(({ name, mountPath }) => (writable.includes(name) ? [mountPath] : []));
    expect(paths.toSorted()).toEqual(['/data', '/tmp']);
  });

  test('sets settings that exist, each secret by a file that the Secret has', () => {
    // It gives the twin of each secret, and of no other setting.
    const reference = configurationReference();
    const mount = container.volumeMounts.find(({ name }) => name === 'secrets')?.mountPath ?? '';
    const files = container.env.flatMap(({ name, value }) => {
      if (name === 'WINDSOCK_CONFIG') return [];
      expect(name).toMatch(/_FILE$/);
      expect(reference, name).toContain(`<br>\`${name}\``);
      expect(value.startsWith(`${mount}/`), value).toBe(true);
      return [value.slice(mount.length + 1)];
    });
    expect(new Set(files)).toEqual(new Set(Object.keys(secret.stringData)));
  });

  test('reads the Secret and the ConfigMap by their names, at the path that it is told', () => {
    expect(pod.volumes.flatMap((volume) => volume.secret?.secretName ?? [])).toEqual([secret.metadata.name]);
    expect(pod.volumes.flatMap((volume) => volume.configMap?.name ?? [])).toEqual([configMap.metadata.name]);
    const mount = container.volumeMounts.find(({ name }) => name === 'config')?.mountPath;
    const path = container.env.find(({ name }) => name === 'WINDSOCK_CONFIG')?.value;
    expect(Object.keys(configMap.data).map((file) => `${mount}/${file}`)).toEqual([path]);
  });
});

test('the Secret that is shipped is empty', () => {
  expect(Object.values(secret.stringData).filter((value) => value !== '')).toEqual([]);
});

test('the configuration is one that Windsock takes', () => {
  const tree = parse(configMap.data['windsock.yml'] ?? '') as { airflow: object };
  const whole = { ...tree, airflow: { ...tree.airflow, database_url: 'postgresql://windsock@db/airflow' } };
  expect(configSchema.safeParse(whole).error).toBeUndefined();
});

test('everything else selects the pods of the Deployment, and their port', () => {
  const pods = deployment.spec.template.metadata.labels;
  const port = container.ports[0]?.name;
  expect(deployment.spec.selector.matchLabels).toEqual(pods);
  const service = one(
    'Service',
    z.object({ spec: z.object({ selector: labels, ports: z.array(z.object({ name: z.string(), targetPort: z.string() })) }) }),
  );
  expect(service.spec).toMatchObject({ selector: pods, ports: [{ targetPort: port }] });
  const monitor = one(
    'ServiceMonitor',
    z.object({
      spec: z.object({ selector, endpoints: z.array(z.object({ port: z.string(), path: z.string(), interval: z.string() })) }),
    }),
  );
  expect(monitor.spec).toMatchObject({
    selector: { matchLabels: pods },
    endpoints: [{ port: service.spec.ports[0]?.name, path: '/metrics' }],
  });
  expect(one('PodDisruptionBudget', z.object({ spec: z.object({ selector }) })).spec.selector.matchLabels).toEqual(pods);
  const policy = one(
    'NetworkPolicy',
    z.object({
      spec: z.object({ podSelector: selector, ingress: z.array(z.object({ ports: z.array(z.object({ port: z.string() })) })) }),
    }),
  );
  expect(policy.spec).toMatchObject({ podSelector: { matchLabels: pods }, ingress: [{ ports: [{ port }] }] });
});
