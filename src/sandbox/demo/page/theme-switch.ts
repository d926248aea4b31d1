/** Light, dark, or whatever the system says; remembered for the window. */
import { html, type TemplateResult } from 'lit-html';
import { remember, remembered } from './remembered.ts';

export function createThemeSwitch(onChange: () => void) {
  apply(remembered('theme'));
  return (): TemplateResult => {
    const isDark = shownTheme() === 'dark';
    return html`<button
      class="button small quiet"
      data-theme-switch
      aria-pressed=${isDark}
      @click=${() => {
        const next = isDark ? 'light' : 'dark';
        remember('theme', next);
        apply(next);
        onChange();
      }}
    >
      <span data-icon aria-hidden="true">${isDark ? '☾' : '☀'}</span><span class="theme-word">Dark</span><span class="unseen"> theme</span>
    </button>`;
  };
}

function apply(theme: string | undefined): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
}

function shownTheme(): string {
  const chosen = document.documentElement.dataset['theme'];
  return chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}
