/** The few Block Kit parts that the messages are made of, within Slack's limits. */
import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  SectionBlock,
  StaticSelect,
} from '@slack/web-api';
import { limits } from './limits.ts';
import { join, md, visible } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';

/** Verbatim: Slack makes no links or mentions of its own out of the text. */
const mrkdwn = (text: Mrkdwn) => ({ type: 'mrkdwn', text: text.text, verbatim: true }) as const;
/** Nothing is parsed in plain text, emoji shortcodes neither. */
const plain = (text: string, max: number) =>
  ({ type: 'plain_text', text: visible(text, max) || '–', emoji: false }) as const;

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(text, limits.headerText) };
}

export function section(text: Mrkdwn, accessory?: Button): SectionBlock {
  return { type: 'section', text: mrkdwn(text), ...(accessory ? { accessory } : {}) };
}

/** Somebody's words on one line, in which Slack parses nothing. */
export function literal(text: string, max: number): SectionBlock {
  return { type: 'section', text: plain(text, max) };
}

/** Small grey text; empty ones are left out. */
export function context(...texts: readonly Mrkdwn[]): ContextBlock {
  return {
    type: 'context',
    elements: texts
      .filter((text) => text.text !== '')
      .slice(0, limits.contextElements)
      .map(mrkdwn),
  };
}

export function button(options: {
  actionId: string;
  label: string;
  /** An id, a nonce or JSON; at most 2,000 characters. */
  value: string;
  style?: 'primary' | 'danger';
  confirm?: ConfirmationDialog;
}): Button {
  return {
    type: 'button',
    action_id: options.actionId,
    text: plain(options.label, limits.buttonText),
    value: options.value,
    ...(options.style ? { style: options.style } : {}),
    ...(options.confirm ? { confirm: options.confirm } : {}),
  };
}

export function actions(...elements: readonly (Button | StaticSelect)[]): ActionsBlock {
  return { type: 'actions', elements: [...elements] };
}

/** Slack's own dialog before the click is sent. Plain text: nothing is parsed in it. */
export function confirm(options: {
  title: string;
  text: string;
  yes: string;
  no: string;
  danger?: boolean;
}): ConfirmationDialog {
  return {
    title: plain(options.title, limits.confirmTitle),
    text: plain(options.text, limits.confirmText),
    confirm: plain(options.yes, limits.confirmButton),
    deny: plain(options.no, limits.confirmButton),
    ...(options.danger ? { style: 'danger' } : {}),
  };
}

/**
 * As many of the lines, from the first, as fit into `max` characters (counted as JSON, which escapes); what is left
 * out is counted in a last line. `where` says where all of them are.
 */
export function fittingLines(lines: readonly Mrkdwn[], max: number, where: string): Mrkdwn {
  let size = 0;
  const shown: Mrkdwn[] = [];
  for (const line of lines) {
    size += JSON.stringify(line.text).length;
    // Room for the line that counts the rest.
    if (size > max - 80) break;
    shown.push(line);
  }
  const left = lines.length - shown.length;
  return join(left > 0 ? [...shown, md`_and ${left} more${where}_`] : shown, '\n');
}
