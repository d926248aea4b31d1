/**
 * What an API server's refusal of a write means, and what to do next. Its message is written by others (webhooks,
 * policies, controllers): a part of it is repeated only where its form is known, on one line, short, without what looks
 * secret, and never when it is a document.
 */
import { maskText } from '../../domain/masking.ts';
import { readyToMask } from './shown-text.ts';

export type Rejection = {
  /** The HTTP status. */
  readonly code: number;
  /** `NotFound`, `Forbidden`, … or empty. */
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly name: string;
  readonly causes: readonly { readonly field: string; readonly message: string }[];
};

const quotedMax = 200;
const anew = 'Make a new plan.';
export const rightsHint = '`firebreak doctor` names the rights that are missing.';

/** Words of others, quoted; empty when they are none that may be shown. */
function quotedWords(text: string): string {
  // Before its lines become one, too: what stands below a name is its value.
  const line = maskText(readyToMask(text))
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
  if (line === '' || /^[<{[]|<\/?(?:html|body|head|!doctype)\b/i.test(line)) return '';
  const hidden = maskText(line);
  return ` “${hidden.length > quotedMax ? `${hidden.slice(0, quotedMax - 1)}…` : hidden}”`;
}

type Form = readonly [form: RegExp, words: (found: RegExpExecArray, sender: string | undefined) => string];

/** The first that fits decides. Sources: the messages of 1.34, recorded from a real server. */
const forms: readonly Form[] = [
  [
    /^admission webhook "([^"]{1,253})" denied the request(?::\s?([^]*)| without explanation)/,
    ([, webhook = '', why = '']) =>
      `the admission webhook ${webhook} refused it${said(why)}. Change what it asks for, or ask who runs the webhook.`,
  ],
  [
    /failed calling webhook "([^"]{1,253})"/,
    ([, webhook = '']) =>
      `the admission webhook ${webhook} does not work, and nothing can be changed until it does. Tell those who run it.`,
  ],
  [
    /ValidatingAdmissionPolicy '([^']{1,253})' with binding '[^']{1,253}' denied request(?::\s?([^]*))?/,
    ([, policy = '', why = '']) =>
      `the ValidatingAdmissionPolicy ${policy} refused it${said(why)}. Change what it asks for, or ask who wrote the policy.`,
  ],
  [
    /violates PodSecurity "([^"]{1,100})"(?::\s?([^]*))?/,
    ([, level = '', why = '']) =>
      `the namespace's pod security level (${level}) forbids it${said(why)}. Change the pod, or ask who set the level.`,
  ],
  [
    /exceeded quota: ([^,\s]{1,253}), requested: (\S{1,200}), used: (\S{1,200}), limited: (\S{1,200})/,
    ([, quota = '', requested = '', used = '', limited = '']) =>
      `it would exceed the ResourceQuota ${quota} (requested ${requested}; used ${used} of ${limited}). Free something, or have the quota raised.`,
  ],
  [
    /exceeded quota/,
    () => 'it would exceed a ResourceQuota of the namespace. Free something, or have the quota raised.',
  ],
  [
    /failed quota: ([^:\s]{1,253}): must specify ([^]*)/,
    ([, quota = '', what = '']) =>
      `the ResourceQuota ${quota} wants more to be said: it must specify${quotedWords(what)}. Add it to the containers.`,
  ],
  [
    /is forbidden: \[?((?:maximum|minimum) \S{1,100} usage per (?:Container|Pod)|\S{1,100} max limit to request ratio per (?:Container|Pod))([^]*)/,
    ([, bound = '', rest = '']) =>
      `a LimitRange of the namespace forbids it:${quotedWords(bound + rest.replace(/\]$/, ''))}. Ask for other amounts.`,
  ],
  [/is being terminated/, () => 'its namespace is being deleted. There is nothing to change.'],
  [
    /User "([^"]{1,253})" cannot (\S{1,40}) resource "([^"]{1,100})"(?: in API group "([^"]{0,253})")?(?: in the namespace "([^"]{1,63})"| at the cluster scope)?/,
    (found, sender) => `${mayNot(found, sender)}. ${rightsHint}`,
  ],
  [
    /(?:UID|ResourceVersion) in precondition: /,
    () => `the object was deleted and made anew, or changed, meanwhile. ${anew}`,
  ],
];

const said = (why: string): string => {
  const words = quotedWords(why);
  return words === '' ? '' : `:${words}`;
};

function mayNot(
  [, user = '', verb = '', resource = '', group = '', namespace]: RegExpExecArray,
  sender = user,
): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  return `${sender} may not ${verb} ${what}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/** `system:serviceaccount:ops:firebreak may not patch deployments.apps in namespace shop`; undefined: no such message. */
export function missingRight({ message }: Rejection): string | undefined {
  const form = forms.find(([pattern]) => pattern.source.startsWith('User'))?.[0];
  const found = form?.exec(message);
  return found === undefined || found === null ? undefined : mayNot(found);
}

/** Whether somebody other than the API server's own rules said no: a webhook, a policy, a quota. */
export const hasKnownForm = ({ message }: Rejection): boolean => forms.some(([form]) => form.test(message));

/**
 * What stands behind "rejected: ". `sender`: who it was, unless it was our own account. Field names and short messages of validation are repeated, values are not:
 * messages of the form `Invalid value: "…": must be …` lose the value.
 */
export function whyRejected(rejection: Rejection, sender?: string): string {
  const { code, reason, causes, message } = rejection;
  for (const [form, words] of forms) {
    const found = form.exec(message);
    if (found !== null) return words(found, sender);
  }
  if (causes.length > 0) return ofCauses(rejection);
  switch (reason) {
    case 'Forbidden':
      return `${sender ?? 'our account'} may not do this. ${rightsHint}`;
    case 'NotFound':
      return `the object is not there any more. ${anew}`;
    case 'AlreadyExists':
      return 'there is one of that name already. Choose another name, or change that one.';
    case 'Conflict':
      return `somebody else changed the object at the same time. ${anew}`;
    case 'Gone':
    case 'Expired':
      return 'what it goes by is too old for the server by now. Try again.';
    case 'MethodNotAllowed':
      return 'the server does not offer this for that kind. Do it by hand.';
    case 'RequestEntityTooLarge':
      return 'the object is too large for the server. Make it smaller.';
    case 'UnsupportedMediaType':
      return 'the server does not take this form of change for that kind. Do it by hand.';
    case 'BadRequest':
      return `the request is wrong (status ${code}). Correct the command.`;
    default:
  }
  if (code === 422) return `the object is not as it was when the request was made. ${anew}`;
  return `${reason === '' ? `status ${code}` : `${reason} (status ${code})`}. Look at the object, then decide.`;
}

function ofCauses({ causes, reason }: Rejection): string {
  const told = causes
    .slice(0, 3)
    .map(({ field, message }) => `${field.slice(0, 200)}: ${withoutValues(message)}`)
    .join('; ');
  if (causes.some(({ message }) => message.includes('field is immutable'))) {
    return `${told}. What is there keeps this as it was made: delete it and make it anew, by hand.`;
  }
  return `${told}. ${reason === 'Conflict' ? 'Look at the object, then decide.' : 'Correct the command.'}`;
}

/** A value is quoted text, a plain word, or a structure up to its last bracket. */
const withoutValues = (message: string): string =>
  maskText(
    readyToMask(message)
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .replace(
        /^(Invalid value|Unsupported value|Duplicate value): ("(?:[^"\\]|\\.)*"|(?=[{[&]|map\[)[^]*[}\]]|[^:]*)(: )?/,
        '$1$3',
      ),
  ).slice(0, quotedMax);
