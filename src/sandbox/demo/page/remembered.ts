/** What a reload should not forget. A browser that keeps nothing for us is no reason to fail. */

export function remembered(key: string): string | undefined {
  try {
    return sessionStorage.getItem(`firebreak.${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(`firebreak.${key}`);
    else sessionStorage.setItem(`firebreak.${key}`, value);
  } catch {
    // Private windows may refuse; the page works without.
  }
}
