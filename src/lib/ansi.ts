// Escapes end at what they cannot hold, so that each is looked at once.
// oxlint-disable-next-line no-control-regex
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]?|\][^\u0007\u001B]*\u0007?|[@-Z\\^_])/g;

/** `text` without the escapes by which terminals are told colours and titles (ECMA-48): they stand between a name and its value. */
export const withoutEscapes = (text: string): string => (text.includes('\u001B') ? text.replaceAll(escapes, '') : text);
