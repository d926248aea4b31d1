/** docker-compose.yml, its environment and the Dockerfile, held against what the program reads. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const root = new URL('../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const Service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).default([]),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
});
const compose = z
  .object({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.unknown()) })
  .loose()
  .parse(parse(text('docker-compose.yml')));
const example = new Map(
  text('deploy/env.example')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const read = text('src/environment.ts');

it('gives the bot only variables that it reads', () => {
  const forCompose = ['POSTGRES_OWNER_PASSWORD', 'POSTGRES_PASSWORD', 'KUBECONFIG_FILE'];
  const given = [...Object.keys(compose.services['firebreak']?.environment ?? {}), ...example.keys()];

  const unread = given.filter((name) => !read.includes(`'${name}'`) && !forCompose.includes(name));

  expect(given).toContain('DATABASE_URL');
  expect(unread).toEqual([]);
});

it('asks for every variable that it fills in, and the example holds no secret', () => {
  const asked = [...text('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');
  const filled = [...example].filter(([name, value]) => value !== '' && name !== 'KUBECONFIG_FILE');

  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((name) => !example.has(name))).toEqual([]);
  expect(filled).toEqual([]);
});

it('mounts only what is in the repository or made by its steps', () => {
  const made = ['./firebreak.yaml', '${KUBECONFIG_FILE:?set it in .env}', 'ledger'];
  const mounted = Object.values(compose.services).flatMap(({ volumes }) =>
    volumes.map((volume) => volume.replace(/:\/.*$/, '')),
  );

  const missing = mounted.filter((path) => !made.includes(path) && !existsSync(new URL(path, root)));

  expect(mounted.length).toBeGreaterThan(3);
  expect(missing).toEqual([]);
});

it('runs the bot and its queue without rights, on read-only file systems, reachable from this machine alone', () => {
  for (const name of ['firebreak', 'redis']) {
    expect(compose.services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  }
  expect(Object.values(compose.services).flatMap(({ ports }) => ports ?? [])).toEqual(['127.0.0.1:3000:3000']);
});

it('copies into the image what the program needs, and nothing that .dockerignore keeps out', () => {
  const copied = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, names]) => names?.split(' ') ?? [],
  );
  const letIn = text('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

  expect(copied.toSorted()).toEqual([
    'LICENSE',
    'package-lock.json',
    'package.json',
    'package.json',
    'runbooks',
    'src',
  ]);
  expect([...new Set(copied)].toSorted()).toEqual(letIn.toSorted());
  for (const name of copied) expect(existsSync(new URL(name, root))).toBe(true);
});
