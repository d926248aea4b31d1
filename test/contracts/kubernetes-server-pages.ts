/** Lists in pieces. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Body, bodyOf, corePath, type KubernetesServer, textOf } from './kubernetes-server-subject.ts';

const names = ['p-1', 'p-2', 'p-3', 'p-4', 'p-5', 'p-6', 'p-7'];

export function holdsPages(server: () => KubernetesServer): void {
  describe('a list in pieces', () => {
    const put = async (method: 'POST' | 'DELETE', name: string): Promise<void> => {
      const made = { metadata: { name, labels: { pages: name < 'p-5' ? 'low' : 'high' } } };
      await server().send({
        method,
        path: corePath(server(), method === 'POST' ? 'configmaps' : `configmaps/${name}`),
        ...(method === 'POST' && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(made) }),
      });
    };
    const list = async (query: string, headers: Record<string, string> = {}): Promise<Body> =>
      bodyOf(await server().send({ path: corePath(server(), `configmaps?${query}`), headers }));
    const named = (body: Body, rows = 'items'): unknown[] =>
      (body[rows] as unknown as Body[]).map((row) => (row['object'] ?? row)['metadata']?.['name']); // lists read as indexed bodies
    const next = (body: Body): string => encodeURIComponent(textOf(body['metadata']?.['continue']).replaceAll('"', ''));
    beforeAll(async () => {
      for (const name of names) await put('POST', name);
    });

    it('says how many are left, and where to go on', async () => {
      const whole = await list('');
      const first = await list('limit=3');
      const rest = await list(`limit=500&continue=${next(first)}`);

      expect(named(first)).toEqual(named(whole).slice(0, 3));
      expect(first['metadata']?.['remainingItemCount']).toBe(named(whole).length - 3);
      expect(named(rest)).toEqual(named(whole).slice(3));
      expect(rest['metadata']?.['continue']).toBeUndefined();
      expect(rest['metadata']?.['remainingItemCount']).toBeUndefined();
    });

    it('does not count what a selector may find', async () => {
      const first = await list('labelSelector=pages%3Dlow&limit=3');
      const rest = await list(`labelSelector=pages%3Dlow&limit=3&continue=${next(first)}`);

      expect(named(first)).toEqual(['p-1', 'p-2', 'p-3']);
      expect(first['metadata']?.['remainingItemCount']).toBeUndefined();
      expect(named(rest)).toEqual(['p-4']);
    });

    it('shows one moment, whatever happens between the pieces', async () => {
      const first = await list('labelSelector=pages&limit=2');
      await put('DELETE', 'p-6');
      await put('POST', 'p-55');
      const rest = await list(`labelSelector=pages&limit=500&continue=${next(first)}`);
      const now = await list('labelSelector=pages');
      await put('DELETE', 'p-55');
      await put('POST', 'p-6');

      expect(named(rest)).toEqual(['p-3', 'p-4', 'p-5', 'p-6', 'p-7']);
      expect(rest['metadata']?.['resourceVersion']).toBe(first['metadata']?.['resourceVersion']);
      expect(named(now)).toEqual(['p-1', 'p-2', 'p-3', 'p-4', 'p-5', 'p-55', 'p-7']);
    });

    it('comes as Tables too', async () => {
      const accept = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
      const first = await list('labelSelector=pages&limit=4', accept);
      const rest = await list(`labelSelector=pages&limit=4&continue=${next(first)}`, accept);

      expect([...named(first, 'rows'), ...named(rest, 'rows')]).toEqual(names);
    });

    it.each([
      ['no token', 'limit=1&continue=abc', /^invalid continue token: continue key is not valid: /],
      [
        'a token of another form',
        `limit=1&continue=${Buffer.from('{"v":"v0","rv":1,"start":"/a"}').toString('base64url')}`,
        /^invalid continue token: continue key is not valid: server does not recognize this encoded version v0$/,
      ],
      ['no number', 'limit=x', /^strconv.ParseInt: parsing "x": invalid syntax$/],
    ])('%s is refused', async (_, query, message) => {
      expect(await list(query)).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message: expect.stringMatching(message),
      });
    });
  });
}
