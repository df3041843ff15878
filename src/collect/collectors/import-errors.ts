import { readImportErrors } from '../../airflow/read-platform.ts';
import { redact } from '../../redact/redact.ts';
import type { Collector } from '../collector.ts';

/** DAG files that do not parse. A stack trace may quote a line of code with a secret in it: what people wrote is redacted here, at the door. */
export const importErrors: Collector = {
  needs: () => [['import_error', 'id', 'filename', 'stacktrace', 'timestamp']],
  async collect({ read }) {
    const { count, errors } = await readImportErrors(read);
    const redacted = errors.map(({ filename, at, stacktrace }) => ({
      filename: redact(filename),
      at,
      stacktrace: redact(stacktrace),
    }));
    return { importErrors: { count, errors: redacted } };
  },
};
