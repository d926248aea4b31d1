/** What a command printed, as code blocks within Slack's limits. */
import type { KnownBlock } from '@slack/web-api';
import { section } from './blocks.ts';
import { sizeOf } from './limits.ts';
import { codeBlock } from './mrkdwn.ts';

/** Characters of one block, escaped. */
const pieceMax = 2_900;

/**
 * Code blocks of whole lines where possible. Of long output the beginning is shown (a table has its header there),
 * of logs the end, where the newest lines are.
 */
export function outputBlocks(
  output: string,
  end: 'beginning' | 'end',
  most: { characters: number; size: number },
): { blocks: KnownBlock[]; shown: number } {
  let room = Math.min(output.length, most.characters);
  for (;;) {
    const part = end === 'end' ? lastLines(output, room) : firstLines(output, room);
    const blocks = pieces(part).map((piece) => section(codeBlock(piece, 2_990)));
    if (sizeOf(blocks) <= most.size || room < 100) return { blocks, shown: part.length };
    // Entities and JSON escapes make it longer; try with less.
    room = Math.floor(room * 0.8);
  }
}

/** Whole lines, unless that would lose half of it. */
function firstLines(text: string, room: number): string {
  const part = text.slice(0, room);
  const lineEnd = part.lastIndexOf('\n');
  return room < text.length && lineEnd > room / 2 ? part.slice(0, lineEnd) : part;
}

function lastLines(text: string, room: number): string {
  const part = text.slice(text.length - room);
  const lineStart = part.indexOf('\n') + 1;
  return room < text.length && lineStart > 0 && lineStart < room / 2 ? part.slice(lineStart) : part;
}

/** Splits at line ends so that each piece, escaped, fits into one section. */
function pieces(text: string): string[] {
  const out: string[] = [];
  let lines: string[] = [];
  let length = 0;
  const flush = () => {
    if (lines.some((line) => line.trim() !== '')) out.push(lines.join('\n'));
    lines = [];
    length = 0;
  };
  for (const part of text.split('\n').flatMap(chunks)) {
    const more = escapedLength(part) + 1;
    if (length + more > pieceMax) flush();
    lines.push(part);
    length += more;
  }
  flush();
  return out;
}

/** A line that is too long for a piece of its own is broken. */
function chunks(line: string): string[] {
  const whole = escapedLength(line);
  if (whole < pieceMax) return [line];
  const parts: string[] = [];
  let part = '';
  let length = 0;
  for (const char of line) {
    const more = escapedLength(char);
    if (length + more >= pieceMax - 1) {
      parts.push(part);
      part = '';
      length = 0;
    }
    part += char;
    length += more;
  }
  parts.push(part);
  return parts;
}

/** At most: `&amp;` is five characters, and a zero-width space may come between two backticks. */
const escapedLength = (text: string): number =>
  text.length + 4 * (text.match(/[&<>]/g)?.length ?? 0) + (text.match(/`/g)?.length ?? 0);
