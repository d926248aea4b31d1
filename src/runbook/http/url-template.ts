/** URLs of commands: which machine they mean, and where a parameter may stand in one. */
import { hostPort, isOwnMachine, parseHttpUrl } from '../../domain/http-url.ts';
import { looksSecret, maskText } from '../../domain/masking.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { CompilePolicy } from '../compile-policy.ts';
import { textOf } from '../kubectl/flags.ts';
import { templateOf } from '../shell/placeholders.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';

type Part = string | { readonly parameter: string };

export const partsOf = (template: Template): readonly Part[] =>
  typeof template === 'string' ? [template] : template.template;

/** curl takes the protocol of a URL without one from the beginning of the host's name. */
const otherProtocol = /^(?:ftps?|sftp|dict|ldaps?|imaps?|smtps?|pop3s?|telnet|file|scp|smb|tftp|gopher|mqtt|rtsp)\b/i;

/**
 * The URL as it is asked: with its scheme, `{id}` as a parameter, and localhost replaced by what firebreak.yaml says
 * answers there. A parameter may be a part of the host, the port, or text behind them; it cannot be the scheme.
 */
export function urlOf(word: Template, policy: CompilePolicy | undefined): Template | Refusal {
  const shown = quoted(textOf(word));
  const found = partsOf(word).flatMap((part): readonly Part[] =>
    typeof part === 'string' ? openBraces(part) : [part],
  );
  const [head, ...tail] = partsOf(templateOf(found));
  if (typeof head !== 'string') {
    return refuse(
      'unresolved-substitution',
      `The address of the request is left open in ${shown}; write at least its scheme out, as in https://<host>/.`,
    );
  }
  const secret = secretIn(found);
  if (secret) return secret;
  if (
    found.some(
      (part) => typeof part === 'string' && /[{}[\]]/.test(part.replace(/^(?:https?:\/\/)?\[[0-9a-f:.]+\]/i, '')),
    )
  ) {
    return refuse('several-requests', `curl makes several requests of the brackets in ${shown}; send one at a time.`);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(head)?.[1];
  if (scheme === undefined ? otherProtocol.test(head) : !/^https?$/i.test(scheme)) {
    return refuse('malformed', `${shown} is not an http or https address.`);
  }
  const whole = templateOf([scheme === undefined ? `http://${head}` : head, ...tail]);
  return typeof whole === 'string' ? mapped(whole, policy, shown) : openUrl(whole.template, policy, shown);
}

function openBraces(text: string): readonly Part[] {
  // Every second piece is a name.
  return text
    .split(/\{([A-Za-z][\w-]{1,62})\}/)
    .map((piece, index) => (index % 2 === 1 ? { parameter: piece } : piece))
    .filter((piece) => piece !== '');
}

function mapped(text: string, policy: CompilePolicy | undefined, shown: string): Template | Refusal {
  const url = parseHttpUrl(text);
  if (!url) return refuse('malformed', `${shown} is not an http or https address.`);
  const { host, port } = url;
  if (!isOwnMachine(host)) return text;
  const map = policy?.localUrls ?? {};
  const names = [hostPort(url), `${host}:${port}`, ...(host === 'host.docker.internal' ? [] : [`localhost:${port}`])];
  const name = names.find((each) => Object.hasOwn(map, each));
  const base = name === undefined ? undefined : map[name];
  if (base === undefined || !parseHttpUrl(base)) {
    return refuse(
      'localhost-url',
      `${shown} is the machine where the command is typed, not the service; say in firebreak.yaml what answers there (http.map).`,
    );
  }
  const place = base.replace(/[?#].*$/s, '').replace(/\/$/, '');
  // As it was written, unless `..` could leave the folder that stands for localhost.
  const inFolder = /^[^:]*:\/\/[^/]*\//.test(place);
  return place + (inFolder ? url.target : text.replace(/^[^:]*:\/\/[^/?#]*/, ''));
}

function openUrl(parts: readonly Part[], policy: CompilePolicy | undefined, shown: string): Template | Refusal {
  const [head = ''] = parts;
  if (typeof head !== 'string') return refuse('malformed', `${shown} is not an http or https address.`);
  const authority = /^https?:\/\/[^/?#]*/i.exec(head)?.[0] ?? '';
  const inHost = authority.length === head.length;
  const sample = parts.map((part) => (typeof part === 'string' ? part : '1')).join('');
  const url = parseHttpUrl(sample);
  if (!url) return refuse('malformed', `${shown} cannot become an http or https address, whatever is filled in.`);
  if (!inHost) {
    const moved = mapped(authority, policy, shown);
    if (typeof moved !== 'string') return moved;
    return templateOf([moved.replace(/\/$/, '') + head.slice(authority.length), ...parts.slice(1)]);
  }
  const fixed = authority.replace(/^https?:\/\//i, '').replace(/:$/, '');
  if (isOwnMachine(fixed.replace(/^\[|\]$/g, '').toLowerCase())) {
    return refuse(
      'localhost-url',
      `${shown} is the machine where the command is typed, not the service; write its port out, so that firebreak.yaml can say what answers there (http.map).`,
    );
  }
  return templateOf(parts);
}

/** `?token=…`, a webhook's address, or a password in the URL. */
function secretIn(parts: readonly Part[]): Refusal | undefined {
  const text = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  const named = [...text.matchAll(/[?&]([^=&#]+)=/g)].some(([, name = '']) => looksSecret(name));
  const user = /^(?:https?:\/\/)?[^/?#]*@/i.test(text);
  return named || user || maskText(text) !== text || /hooks\.slack\.com|\/webhooks?\/[\w-]{16,}/i.test(text)
    ? refuse(
        'reads-secret',
        'The address holds a password or a token, which has no place in a step that is stored and shown.',
      )
    : undefined;
}

/** Why a value cannot stand here in a URL, as the end of a sentence. `before` is the text in front of it. */
export function urlValueProblem(before: string, value: string): string | undefined {
  if (/^https?:\/\/[^/?#]*$/i.test(before)) {
    if (before.replace(/^https?:\/\//i, '').endsWith(':')) {
      return /^\d{1,5}$/.test(value) ? undefined : 'is not a port';
    }
    return /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value) ? undefined : 'is not the name of a host';
  }
  return /^[\w.~:@,=/-]+$/.test(value) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(value)
    ? undefined
    : 'cannot stand inside a URL: letters, digits and . _ ~ : @ , = / - can';
}

/** The same for what a request sends: no value brings fields of its own. */
export const bodyValueProblem = (value: string): string | undefined =>
  /^[\w .:@/+-]*$/.test(value)
    ? undefined
    : 'cannot stand in what is sent: letters, digits, blanks and _ . : @ / + - can';
