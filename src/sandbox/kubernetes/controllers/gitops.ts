/**
 * A GitOps owner: what Git says about some deployments, and a controller that writes it back.
 *
 *   in step → (somebody writes) out of step → (after healMs) written back → in step
 *                 ↑ a commit
 *
 * It owns only the fields that are declared; any other is left as it is. Without self-heal it writes commits alone.
 * An object that is not there is waited for, not made.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createAdmission } from '../admit/admit.ts';
import type { Clock } from '../clock.ts';
import { equal, type JsonObject } from '../json.ts';
import type { Deployment, KubeObject } from '../objects.ts';
import { resourceOf } from '../resources.ts';
import type { Store } from '../store.ts';
import { declare, type DeclaredObject } from './gitops-fields.ts';
import { type GitOpsTool, marksOf, toolTexts } from './gitops-marks.ts';
import type { Recorder } from './recorder.ts';

export type GitOpsOptions = {
  /** The Argo CD application, the Flux kustomization or the Helm release. */
  readonly name: string;
  /** Where it lives, and its events: `argocd` or `flux-system` unless told; for Helm the objects' own namespace. */
  readonly namespace?: string;
  /** `argocd` unless told. Helm writes only what is committed (`helm upgrade`). */
  readonly tool?: GitOpsTool;
  /** Writes back what somebody else changed. True unless told, false for Helm. */
  readonly selfHeal?: boolean;
  /** From a difference to its end, 3,000 unless told. A real Argo CD takes 5 s or more. */
  readonly healMs?: number;
  readonly objects: readonly DeclaredObject[];
};

export type GitOpsOwner = {
  /** A new desired value: laid over what is declared of the object, and written after `healMs`, self-heal or not. */
  commit(object: DeclaredObject): void;
  setSelfHeal(on: boolean): void;
  /** Whether the cluster is as declared. */
  status(): 'Synced' | 'OutOfSync';
  /** How often it has written. */
  writes(): number;
  /** It is gone; its marks stay on the objects. */
  stop(): void;
};

type Application = {
  readonly about: KubeObject;
  readonly tool: GitOpsTool;
  readonly healMs: number;
  readonly objects: Map<string, DeclaredObject>;
  selfHeal: boolean;
  /** Objects whose newest commit has not been written yet. */
  readonly unsynced: Set<string>;
  /** When each difference was first seen. */
  readonly seen: Map<string, number>;
  revision: string;
  writes: number;
};
type Tools = { readonly store: Store; readonly clock: Clock; readonly recorder: Recorder };

const keyOf = ({ namespace, name }: DeclaredObject): string => `${namespace}/${name}`;
const newRevision = (): string => randomBytes(20).toString('hex');

export function createGitOps({ store, clock, recorder }: Tools, wake: () => void) {
  const applications = new Set<Application>();
  const admission = createAdmission({ store, clock, mutate: () => {} });

  /** The object as Git wants it, or undefined when it is so, or not there. */
  function wanted(application: Application, declared: DeclaredObject): [Deployment, JsonObject] | undefined {
    const live = store.get('deployments', declared.namespace, declared.name);
    if (!live) return undefined;
    const next = declare(live, declared, marksOf(application.tool, application.about.metadata, declared));
    return equal(next, live) ? undefined : [live, next];
  }

  function sync(application: Application, declared: DeclaredObject): void {
    const [live, next] = wanted(application, declared) ?? [];
    application.unsynced.delete(keyOf(declared));
    application.seen.delete(keyOf(declared));
    if (!live || !next) return;
    const texts = toolTexts[application.tool];
    say(application, texts.started(application.revision));
    const options = {
      dryRun: false,
      fieldManager: texts.fieldManager,
      fieldValidation: 'Ignore',
      from: 'patch',
    } as const;
    admission.update(resourceOf('deployments'), live, next, options);
    application.writes++;
    say(application, texts.done(application.revision, declared));
  }

  function say(application: Application, text: { reason: string; message: string } | undefined): void {
    const { component } = toolTexts[application.tool];
    if (text) recorder.record(application.about, { type: 'Normal', component, ...text });
  }

  /** When this object has to be looked at again. */
  function look(application: Application, declared: DeclaredObject): number {
    const never = Number.POSITIVE_INFINITY;
    const key = keyOf(declared);
    if (!wanted(application, declared)) {
      application.seen.delete(key);
      return never;
    }
    if (!application.seen.has(key)) {
      application.seen.set(key, clock.now());
      say(application, toolTexts[application.tool].drifted);
    }
    if (!application.selfHeal && !application.unsynced.has(key)) return never;
    const due = (application.seen.get(key) ?? 0) + application.healMs;
    if (due > clock.now()) return due;
    sync(application, declared);
    return never;
  }

  return {
    own(options: GitOpsOptions): GitOpsOwner {
      const { name, tool = 'argocd', objects, healMs = 3000, selfHeal = tool !== 'helm' } = options;
      const { kind, apiVersion, namespace: home } = toolTexts[tool];
      const namespace = options.namespace ?? home ?? objects[0]?.namespace ?? 'default';
      const application: Application = {
        about: { kind, apiVersion, metadata: { name, namespace, uid: randomUUID(), ...born } },
        tool,
        // At least a moment: two owners of one field would go on without end in one go.
        healMs: Math.max(1, healMs),
        objects: new Map(objects.map((object) => [keyOf(object), object])),
        selfHeal,
        unsynced: new Set(),
        seen: new Map(),
        revision: newRevision(),
        writes: 0,
      };
      // The first sync: what is there already is as declared from the start.
      for (const object of objects) sync(application, object);
      application.writes = 0;
      applications.add(application);
      wake();
      return {
        commit(object) {
          const key = keyOf(object);
          const before = application.objects.get(key);
          const env = { ...before?.env, ...object.env };
          application.objects.set(key, {
            ...before,
            ...object,
            ...(Object.keys(env).length === 0 ? {} : { env }),
          });
          application.revision = newRevision();
          application.unsynced.add(key);
          wake();
        },
        setSelfHeal(on) {
          application.selfHeal = on;
          wake();
        },
        status: () =>
          [...application.objects.values()].some((object) => wanted(application, object)) ? 'OutOfSync' : 'Synced',
        writes: () => application.writes,
        stop() {
          applications.delete(application);
          wake();
        },
      };
    },
    /** Writes back what is due. Returns when the next difference is due. */
    step(): number {
      const due = [...applications].flatMap((application) =>
        [...application.objects.values()].map((object) => look(application, object)),
      );
      return Math.min(Number.POSITIVE_INFINITY, ...due);
    },
  };
}

const born = { resourceVersion: '1', creationTimestamp: '' };
