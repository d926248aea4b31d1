/** What formatted text is made of, whichever notation it was written in. Plain data: nothing here is HTML. */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold' | 'italic' | 'strike' | 'underline'; readonly of: readonly Inline[] }
  /** Formatting is off inside, mentions and links are not, as in Slack. */
  | { readonly kind: 'code'; readonly of: readonly Inline[] }
  /** `href` is http, https or mailto, always. */
  | { readonly kind: 'link'; readonly href: string; readonly of: readonly Inline[] }
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'channel'; readonly id: string; readonly label?: string }
  | { readonly kind: 'group'; readonly id: string; readonly label?: string }
  | { readonly kind: 'broadcast'; readonly range: string }
  | SlackDate
  | { readonly kind: 'emoji'; readonly name: string; readonly characters: string };

export type SlackDate = {
  readonly kind: 'date';
  /** Since 1970. */
  readonly seconds: number;
  /** Such as `{date_short_pretty} {time}`. */
  readonly format: string;
  readonly fallback: string;
  readonly href?: string;
};

export type Paragraph =
  /** Lines stay lines. */
  | { readonly kind: 'lines'; readonly of: readonly Inline[] }
  | { readonly kind: 'quote'; readonly of: readonly Inline[] }
  | { readonly kind: 'code-block'; readonly of: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly of: readonly Inline[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly indent: number;
      readonly items: readonly (readonly Inline[])[];
    }
  | { readonly kind: 'rule' };

/** The address if a person may be sent there: http, https and mailto. Undefined for anything else. */
export function safeAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : undefined;
}

/** The same without neighbouring texts that could be one, and without empty ones. */
export function merged(parts: readonly Inline[]): Inline[] {
  const out: Inline[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.kind === 'text' && part.text === '') continue;
    if (part.kind === 'text' && last?.kind === 'text')
      out[out.length - 1] = { kind: 'text', text: last.text + part.text };
    else out.push(part);
  }
  return out;
}
