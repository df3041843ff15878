import type { WriteStream } from 'node:tty';

export interface Progress {
  /** `ratio` from 0 to 1. */
  show(ratio: number): void;
  end(): void;
}

const width = 30;

/** A progress bar on a terminal, nothing in a pipe. */
export function createProgress(what: string, stream: Pick<WriteStream, 'write'> & { isTTY?: boolean }): Progress {
  if (stream.isTTY !== true) return { show: () => undefined, end: () => undefined };
  return {
    show(ratio) {
      const done = Math.round(Math.min(1, Math.max(0, ratio)) * width);
      stream.write(`\r${what} ${'█'.repeat(done)}${'░'.repeat(width - done)} ${Math.floor(ratio * 100)} %`);
    },
    end: () => void stream.write('\n'),
  };
}
