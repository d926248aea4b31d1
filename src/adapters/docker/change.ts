/**
 * Starting, stopping and restarting one container. The engine has no dry run and keeps no marker of ours, so a request
 * is sent at most once; after a lost answer the container's own times say what happened, or that nobody can tell.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DockerChangeAction } from '../../domain/change-action.ts';
import { describeError, invariant, OperationError } from '../../domain/errors.ts';
import type {
  Actor,
  EffectAnswer,
  EffectPlan,
  Prepared,
  ReadBack,
  Resolution,
  RolloutProgress,
} from '../../flow/ports.ts';
import { type Engine, jsonOf, messageOf } from './engine.ts';
import { composeContainers, dependsLabel, inspectContainer, NotThere } from './find.ts';
import type { Inspected } from './shapes.ts';

const askMs = 8_000;
/** A container has ten seconds to stop unless told otherwise; then it is killed. */
const settleLooks = 30;
const settlePauseMs = 500;

type Change = DockerChangeAction<string>;

/** What is sent: `up` only starts what is there. */
const verbs = { restart: 'restart', start: 'start', stop: 'stop', up: 'start' } as const;

export function createDockerActor(engine: Engine): Actor<Change> {
  const soon = (): AbortSignal => AbortSignal.timeout(askMs);

  async function engineId(): Promise<string> {
    const info = jsonOf(engine, await engine.call('GET', '/info', { signal: soon() }));
    const id = typeof info === 'object' && info !== null && 'ID' in info ? info['ID'] : undefined;
    return typeof id === 'string' ? id : 'unknown';
  }

  /** Undefined: it is gone. */
  const look = (plan: EffectPlan): Promise<Inspected | undefined> =>
    inspectContainer(engine, plan.target.uid, soon()).catch((error: unknown) => {
      if (error instanceof NotThere) return undefined;
      throw error;
    });

  async function findOne(action: Change): Promise<Inspected> {
    const [name = ''] = action.names;
    if (!action.compose) return inspectContainer(engine, name, soon());
    const [only, ...others] = await composeContainers(engine, action, soon());
    if (!only) throw new NotThere(`no such service: ${name}`);
    if (others.length > 0) {
      throw new NotThere(
        `the service ${name} has ${others.length + 1} containers; ${action.what} them one at a time, by their names`,
      );
    }
    return inspectContainer(engine, only.Id, soon());
  }

  return {
    async resolve(action): Promise<Resolution> {
      let found: Inspected;
      try {
        found = await findOne(action);
        const waits = action.what === 'up' ? await upObstacle(engine, action, found) : undefined;
        if (waits !== undefined) return { kind: 'refused', text: waits };
      } catch (error) {
        if (!(error instanceof NotThere)) throw error;
        const made =
          action.what === 'up'
            ? ' Its container would have to be made from the compose file, which is not here: do it by hand.'
            : '';
        return { kind: 'refused', text: `On ${engine.host}: ${error.message}.${made}` };
      }
      if (found.State.Paused || found.State.Restarting) {
        return {
          kind: 'refused',
          text: `${nameIn(found)} is ${found.State.Status}. Wait until it has settled, or do it by hand.`,
        };
      }
      const verb = verbs[action.what];
      if (verb === 'start' && found.State.Running)
        return { kind: 'no-change', text: `${nameIn(found)} is running already.` };
      if (verb === 'stop' && !found.State.Running)
        return { kind: 'no-change', text: `${nameIn(found)} is stopped already.` };
      return planned(engine.host, await engineId(), action, found);
    },

    async prepare(plan): Promise<Prepared> {
      const action = changeOf(plan);
      const found = await look(plan);
      const name = plan.target.name;
      if (!found)
        return {
          kind: 'refused',
          text: `The container ${name} is gone, or another one has its name. Nothing was sent.`,
        };
      if ((await engineId()) !== plan.target.clusterUid) {
        return { kind: 'refused', text: `${engine.host} is another Docker host now. Nothing was sent.` };
      }
      if (stateOf(found) !== plan.changes[0]?.before) {
        return { kind: 'refused', text: `${name} was started or stopped since the plan was made. Nothing was sent.` };
      }
      const time = action.timeoutSeconds === undefined ? '' : `?t=${action.timeoutSeconds}`;
      return {
        kind: 'ready',
        request: {
          method: 'POST',
          path: `/containers/${found.Id}/${verbs[action.what]}${time}`,
          contentType: '',
          body: '',
        },
      };
    },

    async send(_, request, { timeoutMs }): Promise<EffectAnswer> {
      try {
        await engineId();
      } catch (error) {
        return { kind: 'rejected', status: 0, text: `${describeError(error)} Nothing was sent.` };
      }
      try {
        const answer = await engine.call('POST', request.path, { signal: AbortSignal.timeout(timeoutMs) });
        const { status } = answer;
        // How it went on is for a look at the container to say: an answer says only that the request was taken.
        if (status === 204 || status === 304) return { kind: 'accepted', status, differences: [] };
        const text = `The Docker host refused: ${messageOf(answer)}`;
        return status >= 400 && status < 500 ? { kind: 'rejected', status, text } : { kind: 'ambiguous', status, text };
      } catch (error) {
        return { kind: 'ambiguous', text: describeError(error) };
      }
    },

    async readBack(plan): Promise<ReadBack> {
      const verb = verbs[changeOf(plan).what];
      const before = plan.changes[0]?.before;
      for (let looks = 0; looks < settleLooks; looks++) {
        const found = await look(plan);
        if (!found) return { kind: 'moved', text: 'the container is gone' };
        const isThere = stateOf(found) !== before && found.State.Running === (verb !== 'stop');
        if (isThere) {
          const text = `the container is ${found.State.Status} since then, whether by this request or another`;
          return { kind: 'landed', differences: [], text };
        }
        // A stop takes as long as the container lets it.
        await pause(settlePauseMs);
      }
      return { kind: 'moved', text: 'the container is as it was, and a request that was lost may still arrive' };
    },

    async observe(plan): Promise<RolloutProgress> {
      const wanted = verbs[changeOf(plan).what] === 'stop' ? 0 : 1;
      const found = await look(plan);
      if (!found) return { state: 'failed', text: 'The container is gone.', ready: 0, wanted };
      return progressOf(found, wanted);
    },
  };
}

function changeOf(plan: EffectPlan): Change {
  invariant(plan.action.type === 'docker-change', 'only changes of containers come here');
  return plan.action;
}

const nameIn = ({ Name }: Inspected): string => Name.replace(/^\//, '');

/** Two looks with the same text saw the same run of the container. */
const stateOf = ({ State }: Inspected): string =>
  State.Running ? `running since ${State.StartedAt}` : `${State.Status} since ${State.FinishedAt}`;

function progressOf({ State }: Inspected, wanted: 0 | 1): RolloutProgress {
  const done = (text: string, ready: number): RolloutProgress => ({ state: 'done', text, ready, wanted });
  if (wanted === 0) {
    return State.Running
      ? { state: 'rolling', text: 'The container is stopping.', ready: 0, wanted }
      : done('The container is stopped.', 0);
  }
  const health = State.Health?.Status ?? 'none';
  if (State.Restarting)
    return {
      state: 'failed',
      text: `The container restarts again and again (exit code ${State.ExitCode}).`,
      ready: 0,
      wanted,
    };
  if (!State.Running)
    return { state: 'failed', text: `The container has ended with exit code ${State.ExitCode}.`, ready: 0, wanted };
  if (health === 'unhealthy')
    return { state: 'failed', text: 'The container runs, and its health check fails.', ready: 0, wanted };
  if (health === 'starting')
    return { state: 'rolling', text: 'The container runs; its health check has not passed yet.', ready: 0, wanted };
  return done(health === 'none' ? 'The container runs.' : 'The container runs and is healthy.', 1);
}

/** What `up` would do besides starting this container: then it is not this program's to do. */
async function upObstacle(engine: Engine, action: Change, found: Inspected): Promise<string | undefined> {
  const name = nameIn(found);
  if (found.State.Running) {
    return `${name} is running. \`up\` would make it anew if the compose file or its image changed, which only the machine with the file can tell: do it there, or restart it.`;
  }
  const image = await engine.call('GET', `/images/${encodeURIComponent(found.Config.Image)}/json`, {
    signal: AbortSignal.timeout(askMs),
  });
  const tagged = image.status === 200 ? jsonOf(engine, image) : undefined;
  if (typeof tagged !== 'object' || tagged === null || !('Id' in tagged) || tagged['Id'] !== found.Image) {
    return `The image ${found.Config.Image} is not the one that ${name} was made of. \`up\` would make it anew: do it on the machine with the compose file.`;
  }
  if (action.noDependencies) return undefined;
  const needed = (found.Config.Labels[dependsLabel] ?? '')
    .split(',')
    .map((entry) => entry.split(':')[0] ?? '')
    .filter((service) => service !== '');
  const project = found.Config.Labels['com.docker.compose.project'];
  for (const service of needed) {
    const containers = await composeContainers(
      engine,
      { names: [service], compose: project === undefined ? {} : { project } },
      AbortSignal.timeout(askMs),
    );
    if (containers.every(({ State }) => State === 'running')) continue;
    return `${name} depends on ${service}, which does not run; \`up\` would start it too. Start ${service} first.`;
  }
  return undefined;
}

function planned(host: string, id: string, action: Change, found: Inspected): Resolution {
  const name = nameIn(found);
  const verb = verbs[action.what];
  const after = { restart: 'restarted', start: 'running', stop: 'stopped' }[verb];
  return {
    kind: 'resolved',
    facts: {
      target: {
        cluster: host,
        clusterUid: id,
        apiVersion: 'docker',
        kind: 'Container',
        resource: 'containers',
        name,
        uid: found.Id,
      },
      changes: [{ path: '/State', label: 'state', before: stateOf(found), after }],
      affected: { pods: 0, podNames: [], budgets: [] },
      class: 'destructive',
      classReason:
        verb === 'start'
          ? 'a container on its own has nobody who watches over it'
          : 'the container serves nobody while it is stopped',
      warnings: [
        ...(action.what === 'up'
          ? ['The compose file is not here: the container starts as it was made, whatever the file says now.']
          : []),
        ...(verb === 'stop' ? ['It stays stopped until somebody starts it.'] : []),
      ],
      undo: { kind: 'none', why: verb === 'stop' ? 'start it with a step of its own' : 'what ran before is over' },
      preview: { kind: 'none', why: 'Docker has no dry run' },
    },
  };
}

/** Its id and version, for `doctor`. */
export async function dockerVersion(engine: Engine): Promise<string> {
  const version = jsonOf(engine, await engine.call('GET', '/version', { signal: AbortSignal.timeout(askMs) }));
  const found =
    typeof version === 'object' && version !== null && 'Version' in version ? version['Version'] : undefined;
  if (typeof found === 'string') return found;
  throw new OperationError('source-unavailable', `${engine.host} does not say its version. Is it a Docker host?`, {
    retryable: false,
  });
}
