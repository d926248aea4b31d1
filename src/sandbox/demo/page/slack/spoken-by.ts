/** Says to a screen reader what an input is called and how it stands: by its label in a form, by `name` elsewhere. */
import { noChange, type ElementPart } from 'lit-html';
import { Directive, directive, type PartInfo, PartType } from 'lit-html/directive.js';
import type { Use } from './use.ts';

class SpokenBy extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('spokenBy stands on an element.');
  }

  render(_use: Use, _name: string): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [{ field }, name]: [Use, string]): unknown {
    const isGroup = element.getAttribute('role') === 'group';
    const attributes = {
      'aria-label': field ? undefined : name,
      'aria-labelledby': field?.labelId,
      'aria-describedby': field?.describedBy || undefined,
      // ARIA knows neither of a group.
      'aria-invalid': field?.isInvalid && !isGroup ? 'true' : undefined,
      'aria-required': field?.isRequired && !isGroup ? 'true' : undefined,
    };
    for (const [attribute, value] of Object.entries(attributes)) {
      if (value === undefined) element.removeAttribute(attribute);
      else element.setAttribute(attribute, value);
    }
    return noChange;
  }
}

export const spokenBy = directive(SpokenBy);
