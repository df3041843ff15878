import type { Rule } from './rule.ts';

/** Mistakes in the code of the user, and ends that say nothing. They come last: whatever says more wins. */
export const bugRules: readonly Rule[] = [
  {
    name: 'sql_syntax',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.88,
    when: {
      text: [
        /\bsyntax error at or near\b|\bsyntax error at end of input\b|\bYou have an error in your SQL syntax\b/i,
        /\bpsycopg2?\.errors\.(?:SyntaxError|UndefinedFunction|GroupingError|AmbiguousColumn|AmbiguousFunction|DuplicateTable|DuplicateColumn|DuplicateObject|InvalidColumnReference|UndefinedParameter|WrongObjectType)\b/,
        /\bSQL compilation error\b|\bSyntax error: (?:Unexpected|Expected)\b|\bPARSE_SYNTAX_ERROR\b|\bmismatched input\b/,
        /\bORA-009(?:00|01|06|07|17|20|21|23|33|36)\b|\bIncorrect syntax near\b|\bParser Error: syntax error\b|\bnear "[^"\n]{1,60}": syntax error\b/,
        /\b(?:function|operator) [\w.() ,]{1,120} does not exist\b|\bcolumn reference "[\w.]{1,100}" is ambiguous\b/,
        /\brelation "[\w.$-]{1,120}" already exists\b|\bmust appear in the GROUP BY clause\b|\bsyntax error\b[^\n]{0,40}\bline \d/i,
      ],
      unless: /does not exist or not authorized|invalid identifier|SyntaxError: (?:invalid|unexpected|unterminated|EOL)/,
    },
    cause: 'The SQL statement of the task is not valid.',
    nextSteps: [
      'Run the rendered statement by hand, and correct it at the place that the error names.',
      'See what changed in the SQL, its template or its parameters.',
    ],
  },
  {
    name: 'shell_mistake',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.9,
    when: {
      text: [
        /\b(?<variable>\w{1,80}): unbound variable\b/,
        /\bsyntax error near unexpected token\b|\bsyntax error: unexpected end of file\b|\bunexpected EOF while looking for matching\b/,
        /\[: [^\n]{0,60}(?:unary operator expected|integer expression expected|too many arguments)/,
      ],
    },
    cause: 'There is a mistake in the shell script[: the variable {variable} is used and not set].',
    nextSteps: ['Correct the script at the line that the error names.', 'Run it with bash -n and with shellcheck.'],
  },
  {
    name: 'python_syntax',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.93,
    when: {
      types: ['SyntaxError', 'IndentationError', 'TabError'],
      unless: /\bsyntax error (?:at|near|in)\b|^\w+\.errors\.|SQL/,
    },
    cause: 'A Python file has a mistake in its syntax.',
    nextSteps: ['Correct the file at the line that the error names.', 'Let a test import every DAG file before it is deployed.'],
  },
  {
    name: 'not_serialisable',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.9,
    when: {
      text: [
        /\bis not JSON serializable\b|\bcannot serialize object of type\b|\bcannot pickle\b|\bPicklingError\b|\bCan't pickle\b/,
      ],
    },
    cause: 'The task returns or pushes a value that cannot be stored as XCom.',
    nextSteps: [
      'Return plain values (numbers, texts, lists, dicts), or write the data to a file and return its path.',
      'Do not return connections, sockets or data frames.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/xcoms.html',
  },
  {
    name: 'python_none',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.88,
    when: {
      text: [
        /'NoneType' object (?:has no attribute '(?<attribute>\w{1,80})'|is not (?:iterable|subscriptable|callable))/,
        /\bNullPointerException\b|\bCannot read propert(?:y|ies) [^\n]{0,60}of (?:null|undefined)\b|\binvalid memory address or nil pointer\b/,
      ],
    },
    cause: 'The code uses a value that is not there (None, null)[, asking it for {attribute}].',
    nextSteps: [
      'Look at the line of the code that the traceback names: which value is empty, and why?',
      'See whether an input, an XCom or an answer came without it.',
    ],
  },
  {
    name: 'python_bug',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.85,
    when: {
      types: [
        'KeyError',
        'TypeError',
        'AttributeError',
        'NameError',
        'UnboundLocalError',
        'IndexError',
        'AssertionError',
        'ZeroDivisionError',
        'RecursionError',
        'NotImplementedError',
        'StopIteration',
        'OverflowError',
        'ReferenceError',
        'ClassCastException',
        'ArrayIndexOutOfBoundsException',
        'IndexOutOfBoundsException',
        'NoSuchElementException',
      ],
    },
    cause: 'There is a mistake in the code of the task, or it does not expect this input.',
    nextSteps: [
      'Look at the line of the code that the traceback names, and at the values that it works with.',
      'See what changed since the last success: the code, or the input.',
    ],
    docs: 'https://docs.python.org/3/tutorial/errors.html',
  },
  {
    name: 'python_value_bug',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.78,
    when: {
      text: [
        /\bnot enough values to unpack\b|\btoo many values to unpack\b|\bThe truth value of a \w{1,20} is ambiguous\b|\bshapes? [^\n]{1,60} not aligned\b|\boperands could not be broadcast\b/,
      ],
    },
    cause: 'There is a mistake in the code of the task, or its input has another shape than it expects.',
    nextSteps: ['Look at the line of the code that the traceback names, and at the values that it works with.'],
  },
  {
    name: 'program_bug',
    category: 'unknown',
    subcategory: 'user_code_bug',
    transient: 'no',
    weight: 0.72,
    when: {
      text: [
        /^(?:program error: )?(?:TypeError|ReferenceError|NameError|KeyError|IndexError|AttributeError|AssertionError|ZeroDivisionError): /m,
        /^panic: /m,
      ],
    },
    cause: 'There is a mistake in the program that the task runs, or it does not expect this input.',
    nextSteps: [
      'Look at the place in the program that the error names.',
      'See what changed since the last success: the program, or its input.',
    ],
  },
  {
    name: 'remote_job_failed',
    category: 'unknown',
    subcategory: '',
    transient: 'unclear',
    weight: 0.38,
    when: {
      text: [
        /\bfailed with terminal state\b|\b(?:ended|finished|completed) (?:with|in) (?:state|status) \W?(?:FAILED|ERROR|CANCELLED|INTERNAL_ERROR)\b/i,
        /\b(?:Run|Job|Query|Step|Execution|Pipeline|Cluster) (?:State|Status):? \W?(?:FAILED|ERROR|CANCELLED)\b/i,
        /\b(?:EMR|Dataproc|Dataflow|Glue|Batch|SageMaker|Athena|dbt Cloud|Databricks|Airbyte|Fivetran|Livy|Step Functions?)\b[^\n]{0,120}\b(?:failed|cancelled|error)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A job in another system failed, and the log of the task does not say why.',
    nextSteps: [
      'Open the run in the system that ran it: the reason is in its own log.',
      'Let the operator fetch that log, so that the next failure tells more.',
    ],
  },
  {
    name: 'process_crashed',
    category: 'unknown',
    subcategory: '',
    transient: 'unclear',
    weight: 0.6,
    when: { codes: ['signal SIGSEGV', 'signal SIGABRT', 'signal SIGBUS', 'signal SIGILL', 'signal SIGFPE'], errorOnly: true },
    cause: 'The process crashed in native code, and said no more.',
    nextSteps: [
      'Look for a change of native packages (numpy, pyarrow, database drivers) since the last success.',
      'Run the task with PYTHONFAULTHANDLER=1 to see where it crashes.',
    ],
    docs: 'https://docs.python.org/3/library/faulthandler.html',
  },
];
