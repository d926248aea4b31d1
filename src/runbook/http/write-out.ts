/** What curl's `-w` may say. The values come from src/adapters/http-probe. */
const variables = new Set([
  'http_code',
  'response_code',
  'time_total',
  'time_namelookup',
  'time_connect',
  'time_appconnect',
  'time_pretransfer',
  'time_starttransfer',
  'time_redirect',
  'size_download',
  'content_type',
  'url',
  'url_effective',
  'method',
  'num_redirects',
  'num_connects',
  'remote_ip',
  'remote_port',
  'http_version',
  'exitcode',
]);

/** A sentence, or undefined when every variable is one that is known. */
export function writeOutProblem(text: string): string | undefined {
  if (text.startsWith('@')) return '`-w @FILE` of curl reads a file of the machine where it is typed.';
  for (const [, name = ''] of text.replaceAll('%%', '').matchAll(/%\{([^}]*)\}?/g)) {
    if (!variables.has(name)) return `\`%{${name}}\` of curl’s \`-w\` is not one that is filled in.`;
  }
  return /%(?:output|header)?\{(?![^}]*\})|%(?:output|header)\{/.test(text.replaceAll('%%', ''))
    ? 'This form of curl’s `-w` is not one that is filled in.'
    : undefined;
}

/** The text that curl prints: `%{…}`, `%%`, and `\n`, `\r`, `\t`; any other backslash stands for itself. */
export const writeOutText = (format: string, values: Readonly<Record<string, string>>): string =>
  format.replace(/%%|%\{([^}]*)\}|\\([nrt])|\\[^nrt]/g, (whole: string, name?: string, letter?: string) => {
    if (whole === '%%') return '%';
    if (name !== undefined) return values[name] ?? '';
    if (letter !== undefined) return { n: '\n', r: '\r', t: '\t' }[letter] ?? whole;
    return whole;
  });
