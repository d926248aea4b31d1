/** Which sentences ask the reader to do something, and what conditions and numbers stand in front of them. */

const verbs = new Set(
  `acknowledge add adjust alert allocate allow analyze announce apply archive ask assess assign attach audit back block bring build call
  capture change check choose clean clear close collect communicate compare configure confirm connect consider consult contact continue coordinate
  copy create decrease define delete deploy determine diagnose disable document download drain edit enable engage ensure escalate evaluate examine
  execute expand export find fix follow force gather generate get identify implement import increase inform inspect install investigate
  isolate keep kill launch limit list load locate look lower make manually mark measure migrate mitigate monitor move navigate note notify observe
  open optimize patch pause perform pin post prepare prevent promote provision publish pull push raise reach read rebalance reboot rebuild record
  recreate recover redeploy reduce remove rename repeat replace replay report reproduce request resize resolve restart restore resume retry
  return revert review roll rotate route run save scale schedule search see select send set shift shut stage start stop store submit
  suspend switch tag take tell terminate test throttle trace track trigger tune turn undo unblock update upgrade upload use validate verify view wait
  watch write`.split(/\s+/),
);

/** `Never run:`, `do not use the following` at the end of what stands before a command. */
export const warnsOff = (before: string): boolean =>
  /(?:^|[.!:;—-]\s+)(?:please )?(?:never|do not|don['’]t|must not|should not|avoid)(?: ever)?(?: (?:run|running|use|using|execute|executing|apply|issue|type|try))(?: (?:this|these|the|following|below|command|commands|any of))*[\s:!]*$/i.test(
    before,
  );

/** Without `1. `, `Step 2:`, brackets and check boxes in front. */
export const withoutNumber = (text: string): string =>
  text
    .replace(/^\s*(?:[-*+]\s+)?(?:\[[ xX]\]\s+)?(?:step\s+)?(?:\d{1,3}[.):]\s*)+/i, '')
    .replace(/^\s*(?:step\s+\d{1,3}\s*[:.-]\s*)/i, '')
    .trim();

/** `If GPU unavailable, check node`: the condition and what it asks for. */
export function splitCondition(text: string): { condition?: string; rest: string } {
  const match = /^(if\b[^,:]{1,200}?)\s*(?:,|:| - | – | — )\s*(.*)$/i.exec(text);
  return match?.[1] === undefined ? { rest: text } : { condition: match[1].trim(), rest: match[2] ?? '' };
}

/** Whether the text starts with a verb in the imperative, after a number, a bracket, a bold lead-in or a condition. */
export function asksForAction(text: string): boolean {
  let rest = withoutNumber(text).replace(/^[[(]/, '');
  if (/^if\b/i.test(rest)) {
    const { condition, rest: then } = splitCondition(rest);
    if (condition === undefined) return false;
    rest = then;
  }
  // A line of a table of contents.
  if (/^\[[^\]]*\]\(#[^)]*\)$/.test(text.trim())) return false;
  const words = rest
    .replace(/^(?:then|please|first|next|now|finally|also|always)\b[\s,]*/i, '')
    .split(/[\s,.:;!?)\]]+/, 2);
  return words.length > 1 && verbs.has(words[0]?.toLowerCase() ?? '');
}
