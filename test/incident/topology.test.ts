import { expect, test } from 'vitest';
import type { StoredGraph } from '../../src/collect/graph.ts';
import { topologyOf } from '../../src/incident/topology.ts';

const graph = (dagId: string, links: StoredGraph['links'] = []): StoredGraph => ({
  dagId,
  hash: '',
  tasks: [
    { taskId: 'extract', operator: '', downstream: ['transform', 'audit'] },
    { taskId: 'transform', operator: '', downstream: ['load'] },
    { taskId: 'audit', operator: '', downstream: [] },
    { taskId: 'load', operator: '', downstream: [] },
  ],
  links,
});

test('a task is upstream of all that follows it in its DAG, at any distance, and of nothing else', () => {
  const topology = topologyOf([graph('etl')], () => null);
  expect(topology.isUpstreamTask('etl', 'extract', 'load')).toBe(true);
  expect(topology.isUpstreamTask('etl', 'transform', 'load')).toBe(true);
  expect(topology.isUpstreamTask('etl', 'load', 'extract')).toBe(false);
  expect(topology.isUpstreamTask('etl', 'audit', 'load')).toBe(false);
  expect(topology.isUpstreamTask('etl', 'load', 'load')).toBe(false);
  expect(topology.isUpstreamTask('unknown', 'extract', 'load')).toBe(false);
});

test.each(['asset', 'dataset'])('DAGs follow each other by triggers, sensors and an %s, at any distance', (kind) => {
  const topology = topologyOf(
    [
      graph('ingest', [{ source: 'ingest', target: kind, type: kind, id: 'orders' }]),
      graph('model', [
        { source: kind, target: 'model', type: kind, id: 'orders' },
        { source: 'model', target: 'report', type: 'trigger', id: 'go' },
      ]),
      graph('mail', [{ source: 'report', target: 'mail', type: 'sensor', id: 'wait' }]),
      graph('other', [{ source: kind, target: 'other', type: kind, id: 'customers' }]),
    ],
    () => null,
  );
  expect(topology.isUpstreamDag('ingest', 'model')).toBe(true);
  expect(topology.isUpstreamDag('ingest', 'mail')).toBe(true);
  expect(topology.isUpstreamDag('mail', 'ingest')).toBe(false);
  expect(topology.isUpstreamDag('ingest', 'other')).toBe(false);
});

test('a circle of DAGs ends, and no DAG is upstream of itself', () => {
  const topology = topologyOf(
    [
      graph('a', [{ source: 'a', target: 'b', type: 'trigger', id: '' }]),
      graph('b', [{ source: 'b', target: 'a', type: 'trigger', id: '' }]),
    ],
    () => null,
  );
  expect([topology.isUpstreamDag('a', 'b'), topology.isUpstreamDag('b', 'a'), topology.isUpstreamDag('a', 'a')]).toEqual([
    true,
    true,
    false,
  ]);
});
