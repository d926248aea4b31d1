/** What people say to `/incident`, and what is in the ledger afterwards; each test has a channel of its own. */
import type { Incident } from '../../src/domain/incident.ts';
import { openDesk } from './desk.ts';

/** Mentions, formatting, a link, control and bidirectional characters. */
export const hostile = '<!channel> *bold* `x` <https://evil.example|safe> \u0007\u202e :white_check_mark:';

export type Talk = Awaited<ReturnType<typeof openTalk>>;

export async function openTalk() {
  const desk = await openDesk();
  let channels = 0;
  let channel = '';
  const say = (user: string, text: string, where = channel) =>
    desk.interactions.incidentCommand({ ...desk.gesture(user), channel: where, text });
  const now = async (id: string): Promise<Incident> => {
    const incident = await desk.ledger.transaction((tx) => tx.incident(id));
    if (!incident) throw new Error(`there is no incident ${id}`);
    return incident;
  };
  const newest = async (): Promise<Incident> => {
    const { id } = await desk.db
      .selectFrom('incident')
      .select('id')
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    return now(id);
  };
  return {
    desk,
    say,
    now,
    newest,
    get channel() {
      return channel;
    },
    async reset(): Promise<void> {
      await desk.reset();
      channel = `C0CHAN${++channels}`;
    },
    rows: (kind: string, incidentId: string) =>
      desk.db
        .selectFrom('journal')
        .select(['actor', 'data'])
        .where('kind', '=', kind)
        .where('incidentId', '=', incidentId)
        .orderBy('id')
        .execute(),
    worksOf: async (subject: string) =>
      (await desk.db.selectFrom('work').select('kind').where('subject', '=', subject).execute()).map(
        ({ kind }) => kind,
      ),
    messages: () => desk.db.selectFrom('message').select(['kind', 'text']).where('channel', '=', channel).execute(),
    /** An incident whose channel is this test's. */
    async open(text = 'new P2 disk is full'): Promise<Incident> {
      await say('U0ALICE', text, 'C0ELSEWHERE');
      const incident = await newest();
      await desk.ledger.transaction((tx) => tx.updateIncident(incident.id, { channel }));
      return { ...incident, channel };
    },
    close: () => desk.close(),
  };
}
