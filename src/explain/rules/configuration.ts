import type { Rule } from './rule.ts';

/** What a person has to set, install or write differently: connections, variables, packages, templates. */
export const configurationRules: readonly Rule[] = [
  {
    name: 'airflow_connection_missing',
    category: 'configuration_error',
    subcategory: 'missing_connection',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\b[Tt]he conn_id `(?<connection>[\w.@:-]{1,120})` isn't defined\b/,
        /\bCONNECTION_NOT_FOUND\b(?:[^\n]{0,60}'conn_id': '(?<connection>[\w.@:-]{1,120})')?/,
        /\b[Cc]onnection (?:with id )?['"`]?(?<id>[\w.@-]{1,120})['"`]? (?:is not defined|isn't defined|not found in Airflow|does not exist in Airflow)\b/,
      ],
    },
    cause: 'The Airflow connection is not defined where the task runs[: {connection}][: {id}].',
    nextSteps: [
      'Create the connection (Admin > Connections, a secrets backend, or AIRFLOW_CONN_… in the environment of the workers).',
      'Check the spelling of the conn_id in the DAG.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html',
  },
  {
    name: 'credentials_not_configured',
    category: 'configuration_error',
    subcategory: 'missing_connection',
    transient: 'no',
    weight: 0.88,
    when: {
      text: [
        /\bUnable to locate credentials\b|\bNoCredentialsError\b|\bPartialCredentialsError\b|\bProfileNotFound\b/,
        /\bDefaultCredentialsError\b|\bYour default credentials were not found\b|\bCould not automatically determine credentials\b/,
        /\bDefaultAzureCredential failed to retrieve a token\b|\bNo credentials (?:were )?(?:found|provided)\b/i,
      ],
    },
    cause: 'The task has no credentials for the cloud service: none are configured where it runs.',
    nextSteps: [
      'Set the connection of the operator, or give the worker a role (instance profile, workload identity).',
      'Check that the task runs with the service account that you expect.',
    ],
  },
  {
    name: 'airflow_variable_missing',
    category: 'configuration_error',
    subcategory: 'missing_variable',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bVariable (?<variable>[\w.@:/-]{1,120}) does not exist\b/,
        /\bVARIABLE_NOT_FOUND\b(?:[^\n]{0,60}'key': '(?<variable>[\w.@:/-]{1,120})')?/,
      ],
    },
    cause: 'The Airflow variable is not defined[: {variable}].',
    nextSteps: [
      'Create the variable (Admin > Variables, a secrets backend, or AIRFLOW_VAR_… in the environment).',
      'Give Variable.get a default if it may be missing.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/howto/variable.html',
  },
  {
    name: 'environment_variable_missing',
    category: 'configuration_error',
    subcategory: 'missing_variable',
    transient: 'no',
    weight: 0.93,
    when: {
      text: [
        /\bEnv var required but not provided: '(?<variable>\w{1,120})'/,
        /\b[Ee]nvironment variables? '?"?(?<variable>[A-Z]\w{1,120})'?"? (?:is |are |was )?(?:not set|missing|not defined|required|must be set|unset)\b/,
        /\b(?:[Mm]issing|[Uu]nset|[Rr]equired|[Uu]ndefined) (?:required )?(?:env|environment) (?:var|variables?):? ?'?(?<variable>[A-Z]\w{1,120})?/,
        /\b(?<variable>[A-Z][A-Z0-9_]{2,80}): (?:parameter )?(?:null or )?(?:not set|must be set)\b/,
        /\b(?<variable>[A-Z][A-Z0-9_]{2,80}) not found\. Declare it as envvar\b|\bUndefinedValueError\b/,
      ],
    },
    cause: 'An environment variable that the code needs is not set[: {variable}].',
    nextSteps: [
      'Set the variable in the environment of the workers, or of the pod or container that runs the code.',
      'Check for a typing error in its name.',
    ],
  },
  {
    name: 'environment_key_missing',
    category: 'configuration_error',
    subcategory: 'missing_variable',
    transient: 'no',
    weight: 0.93,
    when: {
      types: ['KeyError'],
      text: [/^KeyError: ["']?(?<variable>[A-Za-z_]\w{0,120})?/],
      frame: /(?:<frozen os>|[\\/]os\.py):(?:__getitem__|__missing__)/,
    },
    cause: 'An environment variable that the code reads from os.environ is not set[: {variable}].',
    nextSteps: [
      'Set the variable in the environment of the workers.',
      'Read it with os.environ.get and a default, if it may be missing.',
    ],
    docs: 'https://docs.python.org/3/library/os.html#os.environ',
  },
  {
    name: 'python_module_missing',
    category: 'configuration_error',
    subcategory: 'import_error',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bModuleNotFoundError\b(?:: No module named '(?<module>[\w.-]{1,120})')?/,
        /\bNo module named '?(?<module>[\w.-]{1,120})'?/,
      ],
    },
    cause: 'A Python package is not installed where the task runs[: {module}].',
    nextSteps: [
      'Install the package in the image or environment of the workers.',
      'If it is your own code, check that its folder is on the PYTHONPATH (dags, plugins).',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/modules_management.html',
  },
  {
    name: 'python_import_failed',
    category: 'configuration_error',
    subcategory: 'import_error',
    transient: 'no',
    weight: 0.93,
    when: {
      text: [
        /\bmodule '(?<module2>[\w.]{1,120})' has no attribute\b/,
        /\bcannot import name '(?<name>[\w.]{1,120})' from '(?<module>[\w.]{1,120})'/,
        /\bImportError\b/,
        /\b(?:ContextualVersionConflict|VersionConflict|DistributionNotFound|PackageNotFoundError)\b/,
        /\bcannot open shared object file\b|\bundefined symbol: \w/,
        /\bUnknown hook type\b|\bpartially initialized module '(?<module2>[\w.]{1,120})'/,
      ],
      unless: /ModuleNotFoundError|partially initialized module '__main__'/,
    },
    cause:
      'An import failed: the installed version of a package does not fit the code[: {name} is not in {module}][: {module2}].',
    nextSteps: [
      'Compare the versions that are installed with those that the code needs (pip freeze, pip check).',
      'See whether an image or a lock file changed since the last success.',
    ],
  },
  {
    name: 'jvm_class_missing',
    category: 'configuration_error',
    subcategory: 'import_error',
    transient: 'no',
    weight: 0.92,
    when: {
      text: [
        /\b(?:ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsupportedClassVersionError)\b(?:: (?<class>[\w.$/]{1,160}))?/,
        /\bFailed to find data source: (?<class>[\w.-]{1,100})/,
        /\bNo suitable driver\b/,
      ],
    },
    cause: 'A Java class is not on the class path, or in another version[: {class}].',
    nextSteps: [
      'Add the package that holds the class (spark.jars.packages, --jars), in the version that fits Spark and Scala.',
      'See whether an image or a version changed since the last success.',
    ],
  },
  {
    name: 'node_module_missing',
    category: 'configuration_error',
    subcategory: 'import_error',
    transient: 'no',
    weight: 0.93,
    when: {
      text: [/\bCannot find (?:module|package) '(?<module>[\w@./-]{1,120})'/, /\bERR_MODULE_NOT_FOUND\b|\bMODULE_NOT_FOUND\b/],
    },
    cause: 'A Node.js package is not installed where the script runs[: {module}].',
    nextSteps: [
      'Install the packages of the script (npm ci) in the image that runs it.',
      'Check that the package stands in package.json and not only on the machine of its author.',
    ],
  },
  {
    name: 'dag_not_found',
    category: 'configuration_error',
    subcategory: 'import_error',
    transient: 'unclear',
    weight: 0.9,
    when: {
      text: [
        /\bDag '?(?<dag>[\w.-]{1,120})'? could not be found\b/,
        /\bDag not found during start ?up\b|\bTask not found in DAG during start ?up\b|\bdag_id could not be found: (?<dag>[\w.-]{1,120})/i,
        /\bDAG '?(?<dag>[\w.-]{1,120})'? not found in serialized_dag\b|\bSerializedDagNotFound\b|\bDagNotFound\b/,
        /\bFailed to import: [\w./-]{1,200}\.py\b/,
      ],
    },
    cause: 'The worker could not load the DAG[: {dag}]: its file is not there, or does not parse there.',
    nextSteps: [
      'Check the import errors of Airflow, and that the worker has the same DAG files and packages as the scheduler.',
      'Look for a deployment at that time.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/faq.html',
  },
  {
    name: 'template_error',
    category: 'configuration_error',
    subcategory: 'template_error',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bjinja2\.exceptions\.(?:TemplateSyntaxError|UndefinedError|TemplateAssertionError|TemplateRuntimeError)\b/,
        /\b(?:TemplateSyntaxError|TemplateAssertionError|UndefinedError)\b/,
        /\b'(?<name>[\w.]{1,100})' is undefined\b/,
      ],
    },
    cause: 'A Jinja template of the task could not be filled in[: {name} is not defined].',
    nextSteps: [
      'Render the template with `airflow tasks render`, or look at the rendered fields of an earlier run.',
      'Check names and brackets in the templated fields of the task (params, macros, variables).',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/templates-ref.html',
  },
  {
    name: 'template_file_missing',
    category: 'configuration_error',
    subcategory: 'template_error',
    transient: 'no',
    weight: 0.95,
    when: { text: [/\bTemplateNotFound\b(?:: (?:'(?<file>[\w./ -]{1,160})')?(?<file2>[\w./-]{1,160})?)?/] },
    cause: 'A field of the task names a template file that is not there[: {file2}].',
    nextSteps: [
      'Check the path: it counts from the folder of the DAG file, or template_searchpath.',
      'If the field is a command that ends in .sh or .sql, put a blank behind it, so that it is not read as a file.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow-providers-standard/stable/operators/bash.html',
  },
];
