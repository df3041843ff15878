/**
 * Tells the lines in which Airflow says where it looked for a log from those of the log. Of a log with no other line nothing was found.
 * To be asked line by line.
 */
export interface SourceSieve {
  isAboutSource(line: string): boolean;
  /** What those lines said: where it was looked for, and what came of it. */
  said(): string;
}

/** Objects of a greater length are messages of a task. */
const jsonLengthMax = 50_000;
const groupBegin = /^(?:\[[^\]]{0,60}\])?[\s\w-]{0,20}::group::Log message source/;
const groupEnd = /^(?:\[[^\]]{0,60}\])?[\s\w-]{0,20}::endgroup::$/;
/** What goes on with a `***` line: the address that a client library or Airflow itself adds to an error. */
const goesOn = /^(?:See more at|For more information check:?) https?:\/\//;
/** Said in place of a log, by both. */
const inPlace = /^Task was skipped, no logs available/;

export function createSourceSieve(): SourceSieve {
  const said: string[] = [];
  let inGroup = false;
  let told = false;

  const tell = (...texts: string[]): true => {
    told = true;
    said.push(...texts.map((text) => text.replace(/^[* !]+/, '').trim()).filter((text) => text !== ''));
    return true;
  };

  function isAboutSource(line: string): boolean {
    const { text, sources } = messageOf(line);
    if (groupBegin.test(text)) {
      inGroup = true;
      return tell(...sources);
    }
    // The group is Airflow's own, whatever stands in it: 3.2.2 tells each source as a message.
    if (groupEnd.test(text)) {
      inGroup = false;
      return true;
    }
    if (inGroup || text.startsWith('*** ') || inPlace.test(text)) return tell(text);
    if (told && goesOn.test(text)) return true;
    // The name of the host stands before what was read from it.
    return !line.startsWith('{') && /^[\w.-]*$/.test(text);
  }

  return { isAboutSource, said: () => said.join('; ') };
}

function messageOf(line: string): { text: string; sources: string[] } {
  if (!line.startsWith('{') || line.length > jsonLengthMax || !/::(?:end)?group::|"\*\*\* |"event"/.test(line))
    return { text: line, sources: [] };
  try {
    const { event, sources } = JSON.parse(line) as { event?: unknown; sources?: unknown };
    return { text: typeof event === 'string' ? event : line, sources: Array.isArray(sources) ? sources.map(String) : [] };
  } catch {
    return { text: line, sources: [] };
  }
}
