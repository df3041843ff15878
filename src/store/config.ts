import { z } from 'zod';
import { databaseUrl } from '../lib/config-types.ts';

/** Where Windsock keeps its own state. */
export const storeConfig = z
  .strictObject({
    database_url: databaseUrl('windsock')
      .optional()
      .describe("URL of Windsock's own PostgreSQL database. Unset: an embedded PostgreSQL under `store.data_dir`."),
    data_dir: z.string().default('./windsock-data').describe('Folder of the embedded PostgreSQL; one Windsock each.'),
  })
  .prefault({});
