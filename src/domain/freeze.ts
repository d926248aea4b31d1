/** While a freeze stands, nothing is changed in its scope: approved plans that have not begun are cancelled. */
export type Freeze = {
  /** A service's name, or `*` for all of them. */
  readonly scope: string;
  readonly since: Date;
  /** A Slack user id. */
  readonly by: string;
  /** What people call them, as Slack had it when the freeze was set. */
  readonly byName?: string;
  readonly reason?: string;
};

/** The scope that covers all services. */
export const everyService = '*';

/** The freeze that covers a service, the wider one first. */
export const freezeOf = (freezes: readonly Freeze[], service: string): Freeze | undefined =>
  freezes.find(({ scope }) => scope === everyService) ?? freezes.find(({ scope }) => scope === service);

/** A sentence for people: `Changes to shop are frozen by Bob: release of the payment provider.` Untrusted text. */
export function freezeText({ scope, by, byName, reason }: Omit<Freeze, 'since'>): string {
  const what = scope === everyService ? 'Changes to every service' : `Changes to ${scope}`;
  return `${what} are frozen by ${byName ?? by}${reason ? `: ${reason}` : ', who gave no reason'}.`;
}
