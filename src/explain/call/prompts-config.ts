import { z } from 'zod';

/** What may stand in a template; the log must. */
export const placeholders = ['log_context', 'few_shot_examples', 'evidence', 'rule_opinion', 'dag_id', 'task_id'] as const;
export type Placeholder = (typeof placeholders)[number];

/** Finds `{name}`; JSON's braces are none. */
export const placeholderPattern = /\{([A-Za-z_]\w*)\}/g;

const templateMax = 1500;
/** Characters of all examples of a type: a prompt must fit into 4 096 tokens of context beside the log. */
const examplesMax = 1600;

const template = z
  .string()
  .min(1)
  .max(templateMax)
  .superRefine((text, context) => {
    const known: readonly string[] = placeholders;
    const unknown = new Set(
      [...text.matchAll(placeholderPattern)].map(([, name = '']) => name).filter((name) => !known.includes(name)),
    );
    for (const name of unknown)
      context.addIssue({
        code: 'custom',
        message: `has the unknown placeholder {${name}}; there are {${placeholders.join('}, {')}}`,
      });
    if (!text.includes('{log_context}'))
      context.addIssue({ code: 'custom', message: 'has no {log_context}: the model would not see the log' });
  });

const example = z.strictObject({
  log_context: z.string().min(1).describe('Lines of a log, as `L12 text`.'),
  extracted_response: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .meta({ shownAs: 'map, or text' })
    .describe('The answer to it: keys and values, or JSON as text.'),
});

const examples = z
  .array(example)
  .max(5)
  .superRefine((list, context) => {
    const length = list.reduce((sum, one) => sum + one.log_context.length + responseText(one).length, 0);
    if (length > examplesMax)
      context.addIssue({ code: 'custom', message: `takes ${length} characters; all examples of a type may take ${examplesMax}` });
  })
  .default([]);

/** An example's answer as a model is shown it. */
export const responseText = ({
  extracted_response: response,
}: {
  extracted_response: string | Record<string, unknown>;
}): string => (typeof response === 'string' ? response.trim() : JSON.stringify(response));

const templateOf = (what: string) =>
  template
    .optional()
    .meta({ examples: ['Why did {task_id} of {dag_id} fail? {evidence} {few_shot_examples} {log_context}'] })
    .describe(
      `What a model is asked about ${what}, in your words. \`{log_context}\` must stand in it; \`{few_shot_examples}\`, \`{evidence}\`, \`{rule_opinion}\`, \`{dag_id}\` and \`{task_id}\` may. What it leaves out of examples, evidence and rules' opinion is put before it.`,
    );
const examplesOf = (what: string) =>
  examples
    .meta({
      examples: [
        [
          {
            log_context: 'L12 ORA-01017: invalid username/password; logon denied',
            extracted_response: {
              evidence: [{ ref: 'L12', quote: 'ORA-01017: invalid username/password' }],
              category: 'permission_error',
              root_cause: 'The database refused the user name or password.',
              transient: 'no',
              next_steps: ['Rotate the password in the vault and update the connection.'],
              alternative: '',
              certainty: 'high',
            },
          },
        ],
      ],
    })
    .describe(`Logs and the right answers, of ${what}: models are shown them whatever the template.`);

/** What language models are asked, where the built-in words are not enough. */
export const promptsConfig = z
  .strictObject({
    templates: z
      .strictObject({
        failure: templateOf('a task that failed'),
        delay: templateOf('what is slow, late or waits'),
        default: templateOf('all that has no template of its own'),
      })
      .prefault({}),
    few_shot_examples: z
      .strictObject({
        failure: examplesOf('tasks that failed'),
        delay: examplesOf('what is slow, late or waits'),
        default: examplesOf('all that has no examples of its own'),
      })
      .prefault({}),
  })
  .prefault({});

export type PromptsConfig = z.output<typeof promptsConfig>;
