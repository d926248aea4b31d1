import { describe, expect, it } from '@jest/globals';
import { defaultContainerOf } from '../../../src/adapters/kubernetes/read/default-container.ts';
import type { Json } from '../../../src/domain/json.ts';

const pod = (metadata: Json = { name: 'web-1' }): Json => ({
  metadata,
  spec: {
    initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'prepare' }],
    containers: [{ name: 'web' }],
    ephemeralContainers: [{ name: 'debug' }],
  },
});

describe('the container that is taken when none is named', () => {
  it('is the first, and the others are told as kubectl tells them', () => {
    const notes: string[] = [];

    expect(defaultContainerOf(pod(), notes)).toBe('web');
    expect(notes).toEqual(['Defaulted container "web" out of: web, proxy (init), prepare (init), debug (ephem)\n']);
  });

  it('is that of the annotation, without a word', () => {
    const notes: string[] = [];
    const annotations = { 'kubectl.kubernetes.io/default-container': 'proxy' };

    expect(defaultContainerOf(pod({ name: 'web-1', annotations }), notes)).toBe('proxy');
    expect(notes).toEqual([]);
  });
});
