import { redactAssigned } from './assigned.ts';
import { redactCommands } from './commands.ts';
import type { Mark } from './gone.ts';
import { redactShapes } from './token-shapes.ts';
import { redactUrls } from './urls.ts';

/** `text` without the secrets that it shows, but for private keys of several lines; the rest stays as it is. Linear time. */
export const redactSecrets = (text: string, mark: Mark): string =>
  redactAssigned(redactCommands(redactUrls(redactShapes(text, mark), mark), mark), mark);
