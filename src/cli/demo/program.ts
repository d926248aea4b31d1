/**
 * Firebreak itself, as the demo runs it: it may end as in a crash and be started again at the same address.
 *
 * A crash in one process can only be imitated. Firebreak is cut off its ledger at once, in the middle of whatever it
 * does: what it has sent is sent, and nothing of it is recorded any more, nor is a lease given back. Then what is left
 * of it is thrown away while a new one starts on the same ledger. What the imitation lacks: open requests of the old
 * one are not broken off, their answers are ignored.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../adapters/postgres/connection.ts';
import { type App, type AppOptions, startApp } from '../../app.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';

export type Program = {
  readonly url: string;
  /** Ends it as a crash would and starts it anew. Resolves when it is ready again. */
  restart(): Promise<void>;
  /** Drains and seals what is left, as `serve` does. */
  stop(): Promise<void>;
};

type Options = Omit<AppOptions, 'host' | 'port' | 'roles' | 'failpoint'>;

type Life = { readonly app: App; cut(): void };

/** For the old one to let go of its port and its queue. */
const letGoMs = 1_500;
const startTriesMax = 20;

export async function startProgram(options: Options): Promise<Program> {
  let life = await live(options, 0);
  const { url } = life.app;
  const port = Number(new URL(url).port);
  const gone = new Set<Promise<void>>();
  let restarting: Promise<void> | undefined;

  async function startAnew(): Promise<void> {
    life.cut();
    const going: Promise<void> = life.app.stop().finally(() => gone.delete(going));
    gone.add(going);
    await Promise.race([going, pause(letGoMs)]);
    for (let tries = 1; ; tries++) {
      try {
        life = await live(options, port);
        return;
      } catch (error) {
        // The port is still the old one's.
        if (tries >= startTriesMax || !(error instanceof OperationError)) throw error;
        await pause(250);
      }
    }
  }

  return {
    url,
    restart() {
      restarting ??= startAnew().finally(() => (restarting = undefined));
      return restarting;
    },
    async stop() {
      await restarting?.catch(() => undefined);
      await life.app.stop();
      await Promise.all(gone);
    },
  };
}

async function live(options: Options, port: number): Promise<Life> {
  let isCut = false;
  const check = (): void => {
    if (isCut) throw new OperationError('ledger-unavailable', 'This Firebreak has ended.', { retryable: true });
  };
  const app = await startApp({
    ...options,
    database: cuttable(options.database, check),
    log: mutable(options.log, () => isCut),
    host: '127.0.0.1',
    port,
    roles: ['edge', 'worker'],
    failpoint: check,
  });
  return { app, cut: () => (isCut = true) };
}

/** The same ledger, which refuses every statement once it is cut; a transaction that is open then is rolled back. */
function cuttable(database: Database, check: () => void): Database {
  return database.withPlugin({
    transformQuery({ node }) {
      check();
      return node;
    },
    async transformResult({ result }) {
      check();
      return result;
    },
  });
}

/** A process that has ended complains of nothing. */
function mutable(log: Log, isMute: () => boolean): Log {
  const unless =
    (say: Log['info']): Log['info'] =>
    (fields, message) => {
      if (!isMute()) say(fields, message);
    };
  return {
    debug: unless((fields, message) => log.debug(fields, message)),
    info: unless((fields, message) => log.info(fields, message)),
    warn: unless((fields, message) => log.warn(fields, message)),
    error: unless((fields, message) => log.error(fields, message)),
  };
}
