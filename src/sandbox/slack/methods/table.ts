import { apps } from './apps.ts';
import { chat } from './chat.ts';
import { conversations } from './conversations.ts';
import { files } from './files.ts';
import { historyMethods } from './history.ts';
import type { Method } from './method.ts';
import { people } from './people.ts';
import { pinsAndBookmarks } from './pins-and-bookmarks.ts';
import { views } from './views.ts';

/** Every Web API method that the stand-in serves; `api.test`, which needs no token, is the server's own. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...apps,
    ...people,
    ...conversations,
    ...historyMethods,
    ...chat,
    ...pinsAndBookmarks,
    ...views,
    ...files,
  }),
);
