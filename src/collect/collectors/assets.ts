import { readAssets } from '../../airflow/read-platform.ts';
import type { Collector } from '../collector.ts';

/** The last event of every asset (3.x) or dataset (2.x). */
export const assets: Collector = {
  needs: (shape) =>
    shape.major === 3
      ? [
          ['asset', 'id', 'name'],
          ['asset_event', 'asset_id', 'timestamp'],
        ]
      : [
          ['dataset', 'id', 'uri', 'is_orphaned'],
          ['dataset_event', 'dataset_id', 'timestamp'],
        ],
  async collect({ read, shape }) {
    return { assets: await readAssets(read, shape) };
  },
};
