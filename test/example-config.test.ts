import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfigFile } from '../src/config.ts';
import { ConfigFile } from '../src/config-schema.ts';

const path = join(import.meta.dirname, '..', 'firebreak.example.yaml');

type Shape = {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
};

/** Keys that the schema knows and the example does not use, as `policy.limits`. */
function unused(shape: Shape, value: unknown, at: string): string[] {
  if (Array.isArray(value)) return shape.items ? unused(shape.items, value[0], at) : [];
  if (typeof value !== 'object' || value === null) return [];
  const entries = new Map<string, unknown>(Object.entries(value));
  if (shape.properties === undefined) {
    const { additionalProperties: inner } = shape;
    return typeof inner === 'object' ? [...entries.values()].flatMap((entry) => unused(inner, entry, `${at}.*`)) : [];
  }
  return Object.entries(shape.properties).flatMap(([key, inner]) =>
    entries.has(key) ? unused(inner, entries.get(key), `${at}.${key}`) : [`${at}.${key}`],
  );
}

describe('firebreak.example.yaml', () => {
  it('is a configuration', async () => {
    const config = await readConfigFile(path);

    expect(config.services.map(({ name }) => name)).toEqual(['largeforge']);
    expect(config.services[0]?.pager).toEqual({ service: 'PABC123', escalationPolicy: 'PXYZ' });
    expect(config.services[0]?.alertmanager).toBe('http://alertmanager.monitoring:9093');
  });

  it('shows every key there is', async () => {
    // A JSON Schema is a Shape as far as it is read here.
    const schema = z.toJSONSchema(ConfigFile, { io: 'input' }) as Shape;

    expect(unused(schema, parse(await readFile(path, 'utf8')), '')).toEqual([]);
    expect(unused(schema, { policy: { limits: {} } }, '')).toEqual(
      expect.arrayContaining(['.clusters', '.policy.exec', '.policy.limits.podsPerPlan']),
    );
  });

  it('explains every key in a comment right above it, but for sections that only hold others', async () => {
    const lines = (await readFile(path, 'utf8')).split('\n');
    const holders = /^ *(main|alertmanager|http|docker|pagerduty|limits|slack|retention|alice@example\.com):$/;

    const unexplained = lines.filter(
      (line, at) => /^ *(- )?[\w@.]+:/.test(line) && !holders.test(line) && !/^ *(- )?#/.test(lines[at - 1] ?? ''),
    );

    expect(unexplained).toEqual([]);
  });
});
