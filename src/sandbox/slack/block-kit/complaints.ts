import type { z } from 'zod';

/** Says what is wrong with a payload in the words and with the JSON pointers that Slack uses. */

function problem(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? `must be less than ${Number(issue.maximum) + 1} characters`
        : issue.origin === 'array'
          ? `no more than ${issue.maximum} items allowed`
          : `must be at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `must be more than ${Number(issue.minimum) - 1} characters`
        : issue.origin === 'array'
          ? `no fewer than ${issue.minimum} items required`
          : `must be at least ${issue.minimum}`;
    case 'unrecognized_keys':
      return `invalid additional property: ${issue.keys.join(', ')}`;
    case 'invalid_union':
      return issue.discriminator ? 'unsupported type' : 'no match for the value';
    case 'invalid_type':
      return issue.input === undefined
        ? `missing required field: ${String(issue.path.at(-1) ?? '')}`
        : `must be of type ${issue.expected}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_value':
    case 'not_multiple_of':
      break;
  }
  return issue.message;
}

/**
 * One sentence per fault, such as `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 *
 * @param pointer where the checked value stands in the request, such as `/blocks`
 */
export function complaints(error: z.ZodError, pointer: string): string[] {
  return error.issues.map(
    (issue) => `${problem(issue)} [json-pointer:${[pointer, ...issue.path.map(String)].join('/')}]`,
  );
}
