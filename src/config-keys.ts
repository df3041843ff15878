import { z } from 'zod';

/** One key that can be set: its path and its environment variable. */
export interface ConfigKey {
  path: string[];
  variable: string;
  schema: z.ZodType;
}

/** The schema of a key behind its defaults and transformations. */
export function innermost(schema: z.ZodType): z.ZodType {
  const def = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  if (def.innerType) return innermost(def.innerType);
  return def.in ? innermost(def.in) : schema;
}

const variableOf = (path: readonly string[]): string => `WINDSOCK_${path.join('_').toUpperCase()}`;

/** Every key below `schema`, in its order. Lists are one key each: their elements have no variables. */
export function keysOf(schema: z.ZodType, path: string[] = []): ConfigKey[] {
  const inner = innermost(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, value]) => keysOf(value as z.ZodType, [...path, key]));
  }
  return [{ path, variable: variableOf(path), schema }];
}

/** The schema at `path`, through lists too; undefined where there is none. */
export function schemaAt(schema: z.ZodType, [part, ...rest]: readonly PropertyKey[]): z.ZodType | undefined {
  const inner = innermost(schema);
  if (part === undefined) return inner;
  if (inner instanceof z.ZodArray) return schemaAt(inner.element as z.ZodType, rest);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const below = Object.entries(inner.shape).find(([key]) => key === part)?.[1];
  return below === undefined ? undefined : schemaAt(below as z.ZodType, rest);
}
