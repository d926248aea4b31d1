import { describe, expect, it } from '@jest/globals';
import { pipelineStart } from '../../../src/sandbox/story/pipeline-start.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';

const app = 'multimodal-pipeline';
const { limit } = pipelineStart.signal;
const setImage = ({ kubernetes }: Rehearsal, image: string): void => {
  kubernetes.world.change('deployments', pipelineStart.namespace, app, (deployment) => {
    const [container] = deployment.spec.template.spec.containers;
    if (container) container.image = image;
    return deployment;
  });
};
const highest = (values: readonly number[]): number => Math.max(...values);

describe('the pipeline that does not start', () => {
  it('is calm until the release, and then has no worker left', async () => {
    const stage = await rehearse(pipelineStart);

    const calm = highest(stage.pass(30));
    stage.running.start();
    const broken = stage.after(10);

    expect([calm, broken]).toEqual([0, 3]);
    expect(broken).toBeGreaterThan(limit);
    const [pod] = stage.pods(app);
    expect(pod?.status.containerStatuses?.[0]?.state.waiting?.reason).toBe('CrashLoopBackOff');
    expect(pod && (await stage.logs(pod))).toContain('has schema 1, release v0.2.0 needs schema 2');
  });

  it.each([
    ['a restart', (stage: Rehearsal) => stage.restart(app)],
    ['more workers', (stage: Rehearsal) => stage.scale(app, 6)],
    ['fewer workers', (stage: Rehearsal) => stage.scale(app, 0)],
  ])('is not helped by %s', async (_, change) => {
    const stage = await rehearse(pipelineStart);
    stage.running.start();
    stage.pass(10);

    change(stage);
    const values = stage.pass(60);

    expect(Math.min(...values)).toBeGreaterThan(limit);
  });

  it('shows workers without a GPU when more are asked for than there are', async () => {
    const stage = await rehearse(pipelineStart);
    stage.running.start();
    stage.pass(10);

    stage.scale(app, 6);
    const value = stage.after(20);

    // The work needs three, however many are asked for.
    expect(value).toBe(3);
    expect(stage.pods(app).filter(({ spec }) => spec.nodeName === undefined)).toHaveLength(2);
  });

  it('is over once the release is rolled back, and begins again when that is undone', async () => {
    const stage = await rehearse(pipelineStart);
    stage.running.start();
    stage.pass(10);

    stage.rollBack(app);
    const solved = stage.after(10);
    stage.rollBack(app);
    const again = stage.after(10);

    expect([solved, again]).toEqual([0, 3]);
  });

  it('is over when the old version is named, also after a restart, which a rollback would only undo', async () => {
    const stage = await rehearse(pipelineStart);
    stage.running.start();
    stage.pass(10);

    stage.restart(app);
    stage.pass(10);
    stage.rollBack(app);
    const rolledBack = stage.after(10);
    setImage(stage, `${app}:v0.1.4`);

    expect(rolledBack).toBe(3);
    expect(stage.after(10)).toBe(0);
  });

  it('is not over when a version is named that does not exist: its image cannot be pulled', async () => {
    const stage = await rehearse(pipelineStart);
    stage.running.start();
    stage.pass(10);

    setImage(stage, `${app}:v0.1.99`);
    const value = stage.after(10);

    expect(value).toBe(3);
    expect(stage.pods(app)[0]?.status.containerStatuses?.[0]?.state.waiting?.reason).toMatch(/ImagePull/);
  });

  it('is as at the start after a reset, and can be told again', async () => {
    const stage = await rehearse(pipelineStart);
    const { world } = stage.kubernetes;
    const spec = () => world.get('deployments', pipelineStart.namespace, app)?.spec;
    const before = structuredClone(spec());
    stage.running.start();
    stage.pass(10);
    stage.scale(app, 6);
    stage.pass(10);

    stage.running.reset();
    const after = stage.after(10);
    const restored = structuredClone(spec());
    stage.running.start();

    expect(after).toBe(0);
    expect(restored).toEqual(before);
    expect(stage.after(10)).toBe(3);
  });
});
