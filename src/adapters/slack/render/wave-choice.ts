/** The menu under a plan that deletes several pods: how many go before their replacements are waited for. */
import type { StaticSelect } from '@slack/web-api';
import { type WaveSize, waveText } from '../../../domain/waves.ts';
import type { Plan } from '../../../domain/plan.ts';
import { actionIds } from './action-ids.ts';
import { confirm } from './blocks.ts';

const sizes: readonly number[] = [1, 2, 3, 5, 10, 20, 50];

/** Undefined: there is nothing to choose. */
export function waveMenu({ id, content }: Plan): StaticSelect | undefined {
  const { waves, parts = [] } = content;
  if (waves === undefined) return undefined;
  const offered: WaveSize[] = [...sizes.filter((size) => size < parts.length), 'all'];
  return {
    type: 'static_select',
    action_id: actionIds.waves,
    placeholder: { type: 'plain_text', text: 'In waves…', emoji: false },
    options: offered
      .filter((size) => size !== waves)
      .map((size) => ({
        text: { type: 'plain_text', text: waveText(size), emoji: false },
        value: `${id}/${size}`,
      })),
    confirm: confirm({
      title: 'Plan it in another order?',
      text: 'A new plan takes the place of this one, and votes on this one are lost. Nothing is deleted by this.',
      yes: 'Plan it',
      no: 'Leave it',
    }),
  };
}

export function parseWaveChoice(value: string): { readonly planId: string; readonly waves: WaveSize } | undefined {
  const [, planId, size] = /^([a-z]+-[a-z0-9]{20})\/(all|[1-9]\d{0,3})$/.exec(value) ?? [];
  if (planId === undefined || size === undefined) return undefined;
  return { planId, waves: size === 'all' ? 'all' : Number(size) };
}
