/** What a person typed after `/runbook`. Values are cut out of the text as they are; no shell ever reads them. */

export const runbookHelp = [
  '/runbook NAME [KEY=VALUE …]  posts a procedure here; NAME is an alias, an id such as INC-004, an alert or a few words',
  '/runbook NAME pod=web-1 namespace="shop"  fills the procedure’s parameters in; its forms still ask before anything happens',
  '/runbook search WORDS  shows what matches, and posts nothing',
  '/runbook list  every procedure of every service',
  '/runbook help  this text',
].join('\n');

const queryMax = 200;
/** A pick's button carries them, and Slack gives it 2,000 characters. */
const parametersMax = 1_000;

export type Given = Readonly<Record<string, string>>;

export type RunbookCommand =
  | { readonly verb: 'overview' }
  | { readonly verb: 'list' }
  | { readonly verb: 'help' }
  | { readonly verb: 'search'; readonly words: string }
  | { readonly verb: 'post'; readonly query: string; readonly parameters: Given }
  | { readonly verb: 'wrong'; readonly text: string };

/** A value with blanks stands in quotes, straight or as a phone makes them. */
const pair = /(?:^|\s)([A-Za-z_][\w.-]{0,62})=(?:"([^"]*)"|[“”]([^“”]*)[“”]|'([^']*)'|(\S*))(?=\s|$)/g;

export function readRunbookCommand(line: string): RunbookCommand {
  const text = line.trim();
  const [word = ''] = text.split(/\s/, 1);
  const rest = text.slice(word.length).trim();
  switch (word.toLowerCase()) {
    case '':
      return { verb: 'overview' };
    case 'help':
    case 'list':
      // `list pods` is something to search for.
      if (rest === '') return { verb: word.toLowerCase() === 'help' ? 'help' : 'list' };
      return readPost(text);
    case 'search':
      if (rest === '') return wrong('Say what to search for: /runbook search disk full.');
      return { verb: 'search', words: rest.slice(0, queryMax) };
    default:
      return readPost(text);
  }
}

const wrong = (text: string): RunbookCommand => ({ verb: 'wrong', text });

function readPost(text: string): RunbookCommand {
  const parameters: Record<string, string> = {};
  const twice = new Set<string>();
  for (const [, name = '', ...values] of text.matchAll(pair)) {
    if (Object.hasOwn(parameters, name)) twice.add(name);
    parameters[name] = values.find((value) => value !== undefined) ?? '';
  }
  const query = text.replace(pair, ' ').replace(/\s+/g, ' ').trim();
  const [doubled] = twice;
  if (doubled !== undefined) return wrong(`${doubled}= is there twice; give it one value.`);
  const [empty] = Object.entries(parameters).find(([, value]) => value === '') ?? [];
  if (empty !== undefined)
    return wrong(`${empty}= has no value. Write ${empty}=VALUE without a blank, or leave it out.`);
  if (JSON.stringify(parameters).length > parametersMax)
    return wrong(
      `The values together are longer than ${parametersMax} characters. Type long ones into the step's form.`,
    );
  if (query === '') return wrong(`Say which runbook the values are for: /runbook NAME ${text.slice(0, 60)}`);
  return { verb: 'post', query: query.slice(0, queryMax), parameters };
}
