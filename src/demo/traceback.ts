import type { Frame, Mishap, Raised } from './log-line.ts';

const site = '/home/airflow/.local/lib/python3.12/site-packages/airflow';

// How Airflow gets to the operator.
export const waysIn: readonly Frame[] = [
  {
    file: `${site}/models/taskinstance.py`,
    line: 776,
    name: '_execute_task',
    code: 'result = _execute_callable(context=context, **execute_callable_kwargs)',
  },
  { file: `${site}/models/taskinstance.py`, line: 742, name: '_execute_callable', code: 'return ExecutionCallableRunner(' },
  { file: `${site}/utils/operator_helpers.py`, line: 252, name: 'run', code: 'return self.func(*args, **kwargs)' },
  { file: `${site}/models/baseoperator.py`, line: 425, name: 'wrapper', code: 'return func(self, *args, **kwargs)' },
];
export const waysToRunner: readonly Frame[] = [
  {
    file: `${site}/task/task_runner/standard_task_runner.py`,
    line: 117,
    name: '_start_by_fork',
    code: 'ret = args.func(args, dag=self.dag)',
  },
  {
    file: `${site}/cli/commands/task_command.py`,
    line: 483,
    name: 'task_run',
    code: 'task_return_code = _run_task_by_selected_method(args, _dag, ti)',
  },
  { file: `${site}/models/taskinstance.py`, line: 3030, name: '_run_raw_task', code: 'return _run_raw_task(' },
];

/** As Python prints it: causes first, each with where it came from. */
export function traceback({ raised, explicit }: Mishap, ways: readonly Frame[]): string {
  const link = explicit
    ? 'The above exception was the direct cause of the following exception:'
    : 'During handling of the above exception, another exception occurred:';
  return raised
    .map((each, index) => one(each, index === 0 ? ways : []))
    .reverse()
    .join(`\n${link}\n\n`);
}

function one({ type, value, frames }: Raised, ways: readonly Frame[]): string {
  const shown = [...ways, ...frames].map(
    ({ file, line, name, code }) => `  File "${file}", line ${line}, in ${name}\n    ${code}\n${carets(code)}`,
  );
  return `Traceback (most recent call last):\n${shown.join('')}${type}: ${value}\n`;
}

/** Python points at the part of a line that failed, unless that is all of it. */
function carets(code: string): string {
  const before = /^(return |\w+ = )/.exec(code)?.[0].length ?? 0;
  return before === 0 ? '' : `    ${' '.repeat(before)}${'^'.repeat(code.length - before)}\n`;
}
