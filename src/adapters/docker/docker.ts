/** One Docker host: reads and changes of its containers. Errors: `source-unavailable`. */
import type { DockerChangeAction } from '../../domain/change-action.ts';
import type { DockerReadAction } from '../../domain/read-action.ts';
import type { Actor, Clock, Reader } from '../../flow/ports.ts';
import { createDockerActor } from './change.ts';
import { connectEngine } from './engine.ts';
import { readDocker } from './read.ts';

export type Docker = Reader<DockerReadAction<string>> & Actor<DockerChangeAction<string>> & { close(): Promise<void> };

/** `host` as in firebreak.yaml. */
export function createDocker({ host, clock }: { host: string; clock: Clock }): Docker {
  const engine = connectEngine(host);
  return {
    ...createDockerActor(engine),
    read: (action, context) => readDocker(engine, action, context, clock.now()),
    close: () => engine.close(),
  };
}
