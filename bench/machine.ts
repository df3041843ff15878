import { cpus, release, totalmem, type } from 'node:os';

/** The machine that figures are of. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
}

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  system: `${type()} ${release()}`,
  node: process.version,
});

export const describeMachine = ({ cpu, cores, memoryGiB, system, node }: Machine): string =>
  `${cores} × ${cpu}, ${memoryGiB} GiB memory, ${system}, Node.js ${node}`;
