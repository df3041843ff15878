/** Text with an address to go to; `href` is made by us, never taken from what others wrote. */
export interface Span {
  text: string;
  href?: string;
}

export type Tone = 'good' | 'bad' | 'flat';

/** One number at a glance: what it is, how it changed. */
export interface Figure {
  label: string;
  value: string;
  change: string;
  tone: Tone;
}

/** A cell of a table; numbers stand to the right. */
export interface Column {
  name: string;
  isNumber?: boolean;
}

/** What a report says, in one of a few forms that text, Markdown, HTML and Slack all can show. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'heading'; text: string; note: string }
  | { kind: 'entries'; entries: { title: Span; meta: string; lines: string[] }[]; more: string | null }
  | { kind: 'table'; columns: Column[]; rows: Span[][]; more: string | null };

export interface Section {
  id: string;
  title: string;
  blocks: Block[];
}

/** A report in words: the same for every form. */
export interface ReportDocument {
  title: string;
  /** Of what, and as of when. */
  subtitle: string;
  /** What limits it: what is not known, and since when it is. */
  notes: string[];
  figures: Figure[];
  sections: Section[];
}

/** Whether a line of an entry is one of a log, or of the evidence, that proves what is said: `L118: OSError: …`. */
export const isProof = (line: string): boolean => /^[LE]\d+: /.test(line);
