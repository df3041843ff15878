import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const dags = resolve(import.meta.dirname, '../../deploy/dags');

/** Loads each file as a scheduler would, and wants a DAG with tasks in it. */
const program = `
import importlib.util, pathlib, sys
files = sorted(pathlib.Path(sys.argv[1]).glob("*.py"))
assert files, "there are no DAGs"
for file in files:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.dag.dag_id == file.stem and module.dag.task_ids, file
`;

/** Why the DAGs of docker-compose.yml do not load in this Airflow, 3.0 or later; null when they do. */
export function faultOfShippedDags(venv: string, home: string): string | null {
  const { status, stderr } = spawnSync(`${venv}/bin/python`, ['-W', 'ignore', '-c', program, dags], {
    // They are loaded where they lie: nothing compiled is left beside them.
    env: { PATH: process.env['PATH'] ?? '', AIRFLOW_HOME: home, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    timeout: 120_000,
  });
  return status === 0 ? null : stderr;
}
