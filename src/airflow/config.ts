import { z } from 'zod';
import { databaseUrl, duration, serverAddress } from '../lib/config-types.ts';

const secret = (example: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true, examples: [example] });

/** Where task logs are read: from files, else by the REST API. */
const logs = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: ['/opt/airflow/logs'] })
      .describe(
        "Folder of the workers' task logs (`[logging] base_log_folder`), mounted here to read: a shared volume, or this machine's. Log files are found by the template in force when their run was made.",
      ),
    rest: z
      .strictObject({
        url: serverAddress('username and password')
          .optional()
          .meta({ examples: ['http://airflow-webserver:8080'] })
          .describe(
            "Address of Airflow's web server (2.x) or API server (3.x): task logs that are in no file come from its REST API.",
          ),
        username: z
          .string()
          .min(1)
          .optional()
          .meta({ examples: ['windsock'] })
          .describe('User who may read task logs, and nothing else.'),
        password: secret('PASSWORD').describe(
          "The user's password: basic auth in 2.x (`basic_auth` must be in `[api] auth_backends`), a token from `/auth/token` in 3.x.",
        ),
        token: secret('TOKEN').describe('A bearer token; where it is set, user and password are not used.'),
      })
      .prefault({}),
    timeout: duration({ minMs: 1000, maxMs: 300_000 }).prefault('20s').describe('Limit of reading one log.'),
  })
  .prefault({})
  .superRefine(({ rest }, context) => {
    const fault = (key: string, message: string): void => context.addIssue({ code: 'custom', path: ['rest', key], message });
    if ((rest.username === undefined) !== (rest.password === undefined))
      fault(rest.username === undefined ? 'username' : 'password', 'must be set too: username and password go together');
    if (rest.url === undefined && (rest.token ?? rest.username) !== undefined)
      fault('url', 'must be set: there is nobody to log in to');
  });

/** How Airflow's metadata database is reached, and when its components count as down. */
export const airflowConfig = z.strictObject({
  database_url: databaseUrl('airflow').describe(
    "URL of Airflow's PostgreSQL metadata database; a read-only role is enough (docs/airflow-role.sql). Airflow's own spelling, postgresql+psycopg2://, is understood.",
  ),
  name: z.string().min(1).max(100).default('airflow').describe('Name of this Airflow deployment; several may share one store.'),
  schema: z
    .string()
    .optional()
    .meta({ examples: ['airflow'] })
    .describe("Schema of Airflow's tables. Unset: the role's search path decides."),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ examples: ['https://airflow.example'] })
    .describe("Public URL of Airflow's web interface, for links."),
  logs,
  connect_timeout: duration({ minMs: 100, maxMs: 60_000 }).prefault('5s').describe('How long to wait for a connection.'),
  transaction_timeout: duration({ minMs: 100, maxMs: 10_000 })
    .prefault('1s')
    .describe('Limit of one read transaction. Longer ones hold up vacuum and `airflow db migrate`.'),
  handover_after: duration({ minMs: 1000, maxMs: 86_400_000 })
    .prefault('30s')
    .describe('A leader that has not reached this database for so long lets another replica take over that does reach it.'),
  scheduler_health_threshold: duration({ minMs: 1000 })
    .prefault('30s')
    .describe('A scheduler whose heartbeat is older is down; as `[scheduler] scheduler_health_check_threshold`.'),
  triggerer_health_threshold: duration({ minMs: 1000 })
    .prefault('30s')
    .describe('The same for triggerers; as `[triggerer] triggerer_health_check_threshold`.'),
  dag_processor_health_threshold: duration({ minMs: 1000 })
    .prefault('30s')
    .describe('The same for DAG processors; as `[dag_processor] health_check_threshold`.'),
});

export type AirflowConfig = z.output<typeof airflowConfig>;
