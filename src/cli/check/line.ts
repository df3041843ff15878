import type { Config } from '../../config.ts';

/** One line of `windsock check`. warn: it works, with less. */
export interface CheckLine {
  what: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  /** What it cost, where that is the question. */
  seconds?: number;
}

export type Tell = (line: CheckLine) => void;

/** Tries one thing that `serve` needs and tells of it; what it throws becomes a line that fails. */
export type Check = (config: Config, tell: Tell) => Promise<void>;
