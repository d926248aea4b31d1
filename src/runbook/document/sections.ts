/** The heading tree, and which of its headings are procedures: the lowest whose subtree tells one story. */
import type { Block } from './document.ts';
import { plainText } from './inline.ts';
import { type Part, partOf } from './phases.ts';

export type Section = {
  readonly title: string;
  readonly depth: number;
  readonly line: number;
  readonly part: Part | undefined;
  readonly blocks: readonly Block[];
  readonly children: readonly Section[];
};

/** A procedure to be: its own blocks, and those of the sub-headings that belong to its story. */
export type Story = {
  readonly title: string;
  readonly line: number;
  /** Titles above, the document's first. */
  readonly path: readonly string[];
  readonly pieces: readonly { readonly heading?: Section; readonly blocks: readonly Block[] }[];
};

type Growing = {
  title: string;
  depth: number;
  line: number;
  part: Part | undefined;
  blocks: Block[];
  children: Growing[];
};

/** The root stands for the file: depth 0, with what comes before the first heading. */
export function sectionsOf(blocks: readonly Block[], fileTitle: string): Section {
  const root: Growing = { title: fileTitle, depth: 0, line: 1, part: undefined, blocks: [], children: [] };
  const open: Growing[] = [root];
  for (const block of blocks) {
    if (block.kind !== 'heading') {
      open.at(-1)?.blocks.push(block);
      continue;
    }
    while ((open.at(-1)?.depth ?? 0) >= block.depth) open.pop();
    const title = plainText(block.text);
    const section: Growing = {
      title,
      depth: block.depth,
      line: block.line,
      part: partOf(title),
      blocks: [],
      children: [],
    };
    open.at(-1)?.children.push(section);
    open.push(section);
  }
  return root;
}

/** The stories of a document in order. `holdsUnits` says whether blocks have anything to do in them. */
export function storiesOf(root: Section, holdsUnits: (blocks: readonly Block[]) => boolean): Story[] {
  const stories: Story[] = [];
  const busy = new Map<Section, boolean>();
  const isBusy = (section: Section): boolean => {
    const known = busy.get(section);
    if (known !== undefined) return known;
    const result = holdsUnits(section.blocks) || section.children.some(isBusy);
    busy.set(section, result);
    return result;
  };
  const visit = (section: Section, path: readonly string[]): void => {
    const own = { title: section.title, line: section.line, path };
    if (section.children.length === 0) {
      stories.push({ ...own, pieces: [{ blocks: section.blocks }] });
      return;
    }
    const phases = section.children.filter((child) => child.part !== undefined);
    const tasks = section.children.filter((child) => child.part === undefined && isBusy(child));
    const real = phases.some((child) => child.part !== 'text' && (isBusy(child) || child.part !== 'escalation'));
    if (section.depth > 0 && real && tasks.length < phases.length && !phases.some(hasStories)) {
      stories.push({ ...own, pieces: piecesOf(section) });
      return;
    }
    if (section.blocks.length > 0) stories.push({ ...own, pieces: [{ blocks: section.blocks }] });
    for (const child of section.children) visit(child, [...path, section.title]);
  };
  // A phase that is itself divided into phases is a chapter, not a phase.
  const hasStories = (section: Section): boolean =>
    section.children.some((child) => child.children.some((leaf) => leaf.part));
  visit(root, []);
  return stories;
}

function piecesOf(section: Section, inner = false): { heading?: Section; blocks: readonly Block[] }[] {
  return [
    { ...(inner && { heading: section }), blocks: section.blocks },
    ...section.children.flatMap((child) => piecesOf(child, true)),
  ];
}
