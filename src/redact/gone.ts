/** What stands where a secret stood, where nobody needs to tell one from another. */
export const gone = '[redacted]';

/** Says what is put in place of a secret that a rule found. */
export type Mark = (rule: string, secret: string) => string;

export const markGone: Mark = () => gone;

/** Of one incident: the same secret has the same number everywhere. */
export const placeholderOf = (rule: string, number: number): string => `‹secret:${rule}#${number}›`;

const placeholder = /^(?:\[redacted\]|‹secret:[\w-]{1,60}#\d{1,9}›)/;

/** `value` without a placeholder that stands at its head: what was taken out is no secret any more. */
export const behindPlaceholder = (value: string): string => value.replace(placeholder, '');
