// The words that labels are made of. README.md says which trouble goes where, and why.

export const CATEGORIES = [
  'resource_error',
  'data_quality',
  'dependency_failure',
  'configuration_error',
  'permission_error',
  'timeout_error',
  'unknown',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Subcategories by the one category each belongs to; under `unknown` there may be none. */
export const SUBCATEGORIES = {
  resource_error: [
    'oom',
    'disk_full',
    'pool_exhausted',
    'too_many_files',
    'deadlock',
    'killed',
    'heartbeat_lost',
    'unschedulable',
  ],
  data_quality: [
    'schema_mismatch',
    'null_violation',
    'duplicate_key',
    'foreign_key',
    'invalid_value',
    'invalid_format',
    'encoding',
    'file_missing',
    'table_missing',
    'quality_check',
  ],
  dependency_failure: ['http_5xx', 'dns', 'tls', 'rate_limited', 'connection_refused', 'connection_lost', 'upstream_failed'],
  configuration_error: [
    'missing_connection',
    'missing_variable',
    'import_error',
    'template_error',
    'command_missing',
    'image_missing',
    'database_missing',
    'invalid_config',
    'config_file_missing',
  ],
  permission_error: ['auth_expired', 'auth_failed', 'access_denied'],
  timeout_error: ['execution_timeout', 'sensor_timeout', 'statement_timeout', 'lock_timeout', 'connection_timeout'],
  unknown: ['user_code_bug'],
} as const satisfies Record<Category, readonly string[]>;
export type Subcategory = (typeof SUBCATEGORIES)[Category][number];

export const TRANSIENT = ['yes', 'no', 'unclear'] as const;
export type Transient = (typeof TRANSIENT)[number];
