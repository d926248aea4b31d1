/** What docker prints: `inspect` and logs to the byte, tables as tables of our own. */

/** Go's json.Indent with four blanks, of text that is JSON: numbers and escapes stay as they came. */
export function indentJson(text: string, depth = 0): string {
  const unit = '    ';
  let out = '';
  let level = depth;
  let at = 0;
  const blank = /[ \t\r\n]*/y;
  const skip = (): void => {
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
  };
  for (skip(); at < text.length; skip()) {
    const char = text.charAt(at);
    if (char === '"') {
      const string = /"(?:[^"\\]|\\.)*"/sy;
      string.lastIndex = at;
      const found = string.exec(text)?.[0] ?? char;
      out += found;
      at += found.length;
      continue;
    }
    at++;
    if (char === '{' || char === '[') {
      skip();
      const end = char === '{' ? '}' : ']';
      if (text.charAt(at) === end) {
        out += char + end;
        at++;
      } else out += `${char}\n${unit.repeat(++level)}`;
    } else if (char === '}' || char === ']') out += `\n${unit.repeat(--level)}${char}`;
    else if (char === ',') out += `,\n${unit.repeat(level)}`;
    else if (char === ':') out += ': ';
    else out += char;
  }
  return out;
}

/** Columns of equal width, three blanks apart, and nothing behind the last one. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

export type Line = { readonly stream: 'out' | 'err'; readonly text: string };

/**
 * The engine's log stream: each frame is a byte for the stream, three of nothing, four for its length, and the text
 * (Engine API, "Attach to a container", Stream format). With a terminal there are no frames.
 */
export function logFrames(body: Buffer, tty: boolean): readonly Line[] {
  if (tty) return [{ stream: 'out', text: body.toString('utf8') }];
  const frames: { stream: 'out' | 'err'; bytes: Buffer[] }[] = [];
  for (let at = 0; at + 8 <= body.length; ) {
    const stream = body[at] === 2 ? 'err' : 'out';
    const length = body.readUInt32BE(at + 4);
    const last = frames.at(-1);
    const bytes = body.subarray(at + 8, at + 8 + length);
    if (last?.stream === stream) last.bytes.push(bytes);
    else frames.push({ stream, bytes: [bytes] });
    at += 8 + length;
  }
  return frames.map(({ stream, bytes }) => ({ stream, text: Buffer.concat(bytes).toString('utf8') }));
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function sizeText(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** unit).toPrecision(4))}${units[unit]}`;
}

export function agoText(seconds: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [86_400 * 365, 'year'],
    [86_400 * 30, 'month'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  for (const [length, name] of steps) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'now';
}
