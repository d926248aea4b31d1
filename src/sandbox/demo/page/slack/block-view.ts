/** Draws the blocks of a message, a modal or the home page. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Block, InputBlock } from './blocks.ts';
import { elementView, imageView, unknownView } from './element-view.ts';
import { isInput } from './element-value.ts';
import { errorsOf } from './held.ts';
import { proseView, textView } from './prose-view.ts';
import { type Surface, type Use, useOf } from './use.ts';

export function blocksView(surface: Surface, blocks: readonly Block[]): TemplateResult {
  return html`<div class="sl-blocks">${blocks.map((block) => blockView(surface, block))}</div>`;
}

function blockView(surface: Surface, block: Block): unknown {
  const { context } = surface;
  const use = () => useOf(surface, block.id, true);
  switch (block.kind) {
    case 'header':
      return html`<h3 class="sl-header">${block.text}</h3>`;
    case 'divider':
      return html`<hr class="sl-divider" />`;
    case 'section':
      return html`<div class="sl-section">
        <div class="sl-section-text">
          ${block.text ? textView(context, block.text) : nothing}
          ${
            block.fields.length > 0
              ? html`<div class="sl-fields">
                  ${block.fields.map((field) => html`<div>${textView(context, field)}</div>`)}
                </div>`
              : nothing
          }
        </div>
        ${block.accessory ? html`<div class="sl-accessory">${elementView(use(), block.accessory)}</div>` : nothing}
      </div>`;
    case 'context':
      return html`<div class="sl-context">
        ${block.elements.map((part) =>
          part.kind === 'image' ? imageView(part.alt) : html`<div>${textView(context, part.text)}</div>`,
        )}
      </div>`;
    case 'actions':
      return html`<div class="sl-actions">${block.elements.map((element) => elementView(use(), element))}</div>`;
    case 'input':
      return inputView(surface, block);
    case 'image':
      return html`<figure class="sl-figure">
        ${block.title === undefined ? nothing : html`<figcaption>${block.title}</figcaption>`}${imageView(block.alt)}
      </figure>`;
    case 'prose':
      return html`<div class="sl-prose">${proseView(context, block.of)}</div>`;
    case 'table':
      return tableView(surface, block);
    case 'unknown':
      return unknownView(`block “${block.type}”`, block.reason);
    default:
      return block satisfies never;
  }
}

function inputView(surface: Surface, block: InputBlock): TemplateResult {
  const { element, hint, label, isOptional } = block;
  if (!isInput(element)) {
    const type = element.kind === 'unknown' ? element.type : element.kind;
    return unknownView(`input “${type}”`, 'This element holds no value, so that it cannot stand in an input block.');
  }
  const base = useOf(surface, block.id, block.tellsAtOnce);
  const error = errorsOf(surface.spot)[block.id];
  const ids = { label: `${base.domId}-label`, hint: `${base.domId}-hint`, error: `${base.domId}-error` };
  const use: Use = {
    ...base,
    field: {
      labelId: ids.label,
      describedBy: [...(error === undefined ? [] : [ids.error]), ...(hint === undefined ? [] : [ids.hint])].join(' '),
      isInvalid: error !== undefined,
      isRequired: !isOptional,
    },
  };
  return html`<div class=${`sl-field${error === undefined ? '' : ' sl-invalid'}`}>
    <span class="sl-label" id=${ids.label}
      >${label}${isOptional ? html` <span class="sl-small">(optional)</span>` : nothing}</span
    >
    ${elementView(use, element)}
    ${error === undefined ? nothing : html`<p class="sl-error" id=${ids.error}>⚠ ${error}</p>`}
    ${hint === undefined ? nothing : html`<p class="sl-small" id=${ids.hint}>${hint}</p>`}
  </div>`;
}

/** The first row is the head, as Slack draws it. It scrolls in itself. */
function tableView({ context }: Surface, { rows, columns }: Extract<Block, { kind: 'table' }>): TemplateResult {
  const [head = [], ...body] = rows;
  const classOf = (at: number, isNumber: boolean) =>
    `sl-${isNumber && columns[at] === undefined ? 'right' : (columns[at]?.align ?? 'left')}${columns[at]?.isWrapped ? ' sl-wraps' : ''}`;
  return html`<div class="sl-table" tabindex="0" role="group" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${head.map((cell, at) => html`<th scope="col" class=${classOf(at, false)}>${proseView(context, cell.of)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body.map(
          (row) =>
            html`<tr>
              ${row.map(
                (cell, at) => html`<td class=${classOf(at, cell.isNumber)}>${proseView(context, cell.of)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
