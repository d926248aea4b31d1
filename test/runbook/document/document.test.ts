import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { readBlocks } from '../../../src/runbook/document/document.ts';

type Seen = { line: number; kind: string; text: string }[];

/** Headings, fences and indented code as a CommonMark library sees them. */
function librarySees(source: string): Seen {
  const seen: Seen = [];
  const visit = (node: Nodes): void => {
    const line = node.position?.start.line ?? 0;
    if (node.type === 'heading') seen.push({ line, kind: `h${node.depth}`, text: '' });
    if (node.type === 'code') {
      // A fence starts with its mark.
      const fenced = /^\s*[`~]{3}/.test(source.slice(node.position?.start.offset));
      if (!fenced) seen.push(...indented(node.value, line));
      else seen.push({ line, kind: `fence ${(node.lang ?? '').toLowerCase()}`, text: node.value });
    }
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(source));
  return seen;
}

/** Line by line: behind a quote the library begins a block with each line. */
const indented = (text: string, line: number): Seen =>
  text
    .split('\n')
    .flatMap((each, index) => (each.trim() === '' ? [] : [{ line: line + index, kind: 'indented', text: each }]));

const weSee = (source: string): Seen =>
  readBlocks(source).flatMap((block): Seen => {
    if (block.kind === 'heading') return [{ line: block.line, kind: `h${block.depth}`, text: '' }];
    if (block.kind !== 'fence') return [];
    const text = block.lines.map((each) => each.text).join('\n');
    return block.indented ? indented(text, block.line) : [{ line: block.line, kind: `fence ${block.language}`, text }];
  });

/** Blank lines at the end of a fence that nobody closed do not matter either; a tab that stands across the edge of a container becomes blanks in the library; a shell does not mind. */
const blanksAside = (seen: Seen): Seen =>
  seen.map((each) => ({ ...each, text: each.text.replace(/^[ \t]+/gm, '').trimEnd() }));

const folder = new URL('../../fixtures/seeds/', import.meta.url);

describe('the blocks of a document', () => {
  it.each(readdirSync(folder))('%s has the headings and fences that a CommonMark library finds', (name) => {
    const source = readFileSync(new URL(name, folder), 'utf8');

    expect(weSee(source)).toEqual(librarySees(source));
  });

  it('are those of a CommonMark library for documents put together at random', () => {
    const line = fc.constantFrom(
      '# A',
      '## B ##',
      '####### no',
      '#no',
      'text',
      'more text',
      '',
      '',
      '',
      '- item',
      '  - inner',
      '* star',
      '1. one',
      '2. two',
      '10) ten',
      '```bash',
      '```',
      '  ```',
      '   ```sh',
      '~~~',
      '````',
      '    indented',
      '  two',
      '   three',
      '> quote',
      '> - both',
      '>',
      '---',
      '***',
      '===',
      '- ```sh',
      '- [ ] box',
      '  text',
      'kubectl get pods',
      '\ttab',
      '-   wide',
      '     five',
      '> ```',
      '> # H',
      '- # H',
      '1. ## H',
      '``` a`b',
    );
    const documents = fc
      .sample(fc.array(line, { maxLength: 12 }), { numRuns: 4000, seed: 3 })
      .map((lines) => lines.join('\n'))
      // The library knows no head of a document.
      .filter((source) => !source.startsWith('---'));

    const different = documents.filter(
      (source) => JSON.stringify(blanksAside(weSee(source))) !== JSON.stringify(blanksAside(librarySees(source))),
    );

    expect(
      different
        .toSorted((a, b) => a.length - b.length)
        .slice(0, 3)
        .map((source) => ({ source, ours: weSee(source), theirs: librarySees(source) })),
    ).toEqual([]);
  });

  it('know their place in the source to the character', () => {
    const source = '- a\r\n\r\n  ```bash\r\n  one\r\n    two\r\n  ```\r\n';

    const [, fence] = readBlocks(source);

    expect(fence).toMatchObject({ kind: 'fence', line: 3, endLine: 6 });
    const places =
      fence?.kind === 'fence' ? fence.lines.map(({ offset, text }) => source.slice(offset, offset + text.length)) : [];
    expect(places).toEqual(['one', '  two']);
  });

  it.each([
    ['---\ntitle: "a"\ntags:\n  - kubectl\n---\n# B', 6],
    ['---\r\na: 1\r\n...\r\n# B', 4],
    ['+++\ntitle = "a"\n+++\n# B', 4],
  ])('pass over the head of %j', (source, line) => {
    expect(readBlocks(source)).toMatchObject([{ kind: 'heading', line, text: 'B' }]);
  });

  it.each(['---\n\nSome text.\n\n---\n', '---\n```bash\nkubectl get pods\n```\n---\n', '---\na: 1\n'])(
    'take %j for no head',
    (source) => {
      expect(readBlocks(source)).not.toEqual([]);
    },
  );

  it('leave out comments, also over several lines', () => {
    expect(readBlocks('<!-- a\n```bash\nkubectl get pods\n```\n-->\n\n# B').map(({ kind }) => kind)).toEqual([
      'heading',
    ]);
  });
});
