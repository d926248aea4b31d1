/**
 * `npm run bench -- NAME [--json]`: one bench, measured against the named alternative in the same run. `ours` and `peer`
 * are in `unit`, `ratio` is ours through peer's. Exit codes: 0 measured, 2 usage or something that is missing.
 */
import { parseArgs } from 'node:util';
import { type Bench, type Figures, MissingError } from './bench.ts';

/** Loaded one at a time: a list of names should not wait for Slack's library. */
const benches: Readonly<Record<string, { readonly summary: string; load(): Promise<Bench> }>> = {
  approve: {
    summary: 'approve click → accepted PATCH at the API server, against kubectl scale and a bare HTTP PATCH',
    load: async () => (await import('./approve.ts')).approve,
  },
  ingest: {
    summary: '10,000 alerts in 60 s from two HA peers, against a bare server that writes each webhook as a row',
    load: async () => (await import('./ingest.ts')).ingest,
  },
  compile: {
    summary:
      '500 runbooks of 10 kB → typed actions, against a CommonMark library that only reads them; growth for hostile input',
    load: async () => (await import('./compile.ts')).compile,
  },
  start: {
    summary: '`firebreak serve` until it is ready, and what it costs idle, against a bare Bolt app',
    load: async () => (await import('./start.ts')).start,
  },
  incident: {
    summary: 'alert → channel and card with Slack at its real limits, alone and in a storm, against a bare script',
    load: async () => (await import('./incident.ts')).incident,
  },
  reads: {
    summary: 'reads, 100 plans at once and a list of 5,000 pods, against spawning kubectl and against one body',
    load: async () => (await import('./reads.ts')).readsBench,
  },
};

const usage = [
  'Usage: npm run bench -- NAME [--json]',
  '',
  ...Object.entries(benches).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  '',
].join('\n');

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n\n${usage}`);
    return 2;
  }
  const { name, json } = parsed;
  if (name === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) {
    process.stderr.write(`There is no bench ${JSON.stringify(name)}.\n\n${usage}`);
    return 2;
  }
  try {
    const figures = await (await bench.load())();
    process.stdout.write(`${json ? JSON.stringify({ name, ...figures }) : inWords(name, figures)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function parse(args: string[]): { name: string | undefined; json: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    if (positionals.length > 1) return 'One bench at a time.';
    return { name: positionals[0], json: values.json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function inWords(name: string, figures: Figures): string {
  const lines = Object.entries(figures).map(([key, value]) => {
    const text =
      typeof value === 'object'
        ? Object.entries(value)
            .map(([part, figure]) => `${part} ${figure}`)
            .join(', ')
        : String(value);
    return `  ${key.padEnd(16)} ${text}`;
  });
  return [name, ...lines].join('\n');
}
