import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { Fault } from './config-faults.ts';

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'error');

/** What a YAML file holds; undefined when it cannot be used, with the faults that say why. */
export function readYamlFile(file: string, faults: Fault[]): { value: unknown } | undefined {
  const fail = (message: string, line?: number): undefined => {
    faults.push({ where: line === undefined ? file : `${file}, line ${line}`, message });
  };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fail(`cannot be read (${codeOf(error)})`);
  }
  const document = parseDocument(text, { logLevel: 'error' });
  // The library's own messages quote the file, and so its secrets.
  for (const { code, linePos } of document.errors)
    fail(`is no YAML: ${code.toLowerCase().replaceAll('_', ' ')}`, linePos?.[0].line);
  if (document.errors.length > 0) return undefined;
  try {
    return { value: document.toJS() };
  } catch {
    return fail('is no YAML: an alias names no anchor');
  }
}
