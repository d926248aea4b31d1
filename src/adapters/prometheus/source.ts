/**
 * Queries of runbook steps, asked of the service's Prometheus (its HTTP API, version 1): the value now by
 * `/api/v1/query`, and the hour before it by `/api/v1/query_range`, drawn as a line of blocks for each series.
 */
import { z } from 'zod';
import { describeError, OperationError } from '../../domain/errors.ts';
import type { QueryAction } from '../../domain/read-action.ts';
import type { ReadAnswer, Reader } from '../../flow/ports.ts';
import { drawSeries, type Series } from './draw.ts';

const answerLimitBytes = 16 * 1024 * 1024;
const timeoutMs = 10_000;
const hourSeconds = 3600;
/** 60 points, and no more series than a person reads. */
const stepSeconds = 60;

const Sample = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
const Data = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: Labels, value: Sample.optional() })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: Labels, values: z.array(Sample).default([]) })),
  }),
  z.object({ resultType: z.enum(['scalar', 'string']), result: Sample }),
]);
const Answer = z.object({
  status: z.enum(['success', 'error']),
  data: z.unknown().optional(),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).default([]),
});
type Data = z.infer<typeof Data>;

/** Prometheus understood the question and said no. */
class QueryRefusal extends Error {}

/** `url` as in firebreak.yaml; it may have a path before `/api`. Errors: `source-unavailable`. */
export function createPrometheus({
  url,
  now = () => new Date(),
}: {
  url: string;
  now?: () => Date;
}): Reader<QueryAction<string>> {
  const base = url.replace(/\/+$/, '');

  async function ask(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ data: Data; warnings: readonly string[] }> {
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams(query),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        redirect: 'error',
      });
      status = answer.status;
      text = await limitedText(answer);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw unavailable(base, 'did not answer', error);
    }
    const parsed = Answer.safeParse(jsonOf(text));
    if (!parsed.success) throw unavailable(base, `answered ${status} with something else than its API`);
    const { errorType = '', error = '', warnings } = parsed.data;
    if (parsed.data.status === 'error') {
      if (errorType === 'timeout')
        throw new QueryRefusal('The query took longer than Prometheus allows. Ask for less.');
      if (errorType === 'canceled' || errorType === 'unavailable' || errorType === 'internal') {
        throw unavailable(base, `could not answer (${errorType})`);
      }
      throw new QueryRefusal(`Prometheus refused the query (${errorType}): ${error.slice(0, 500)}`);
    }
    const data = Data.safeParse(parsed.data.data);
    if (!data.success) throw unavailable(base, 'answered with a result of another kind than its API has');
    return { data: data.data, warnings };
  }

  async function limitedText(answer: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > answerLimitBytes) throw unavailable(base, 'answered with more than 16 MiB; the query finds too much');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The hour of what is a vector or number now; a range has its own past. */
  async function hourOf(expression: string, at: number, signal: AbortSignal): Promise<Data | undefined> {
    const range = { query: expression, start: String(at - hourSeconds), end: String(at), step: String(stepSeconds) };
    try {
      return (await ask('/api/v1/query_range', range, signal)).data;
    } catch (error) {
      // The value now is worth showing without its past.
      if (error instanceof QueryRefusal || error instanceof OperationError) return undefined;
      throw error;
    }
  }

  return {
    async read({ expression }, { signal, textLimit }): Promise<ReadAnswer> {
      const at = Math.floor(now().getTime() / 1000);
      try {
        const { data, warnings } = await ask('/api/v1/query', { query: expression, time: String(at) }, signal);
        const isPresent = data.resultType === 'vector' || data.resultType === 'scalar';
        const hour = isPresent ? await hourOf(expression, at, signal) : undefined;
        const notes = warnings.slice(0, 5).map((warning) => `warning: ${warning.slice(0, 300)}\n`);
        const text = drawSeries(seriesOf(data, hour), { at, seconds: hourSeconds, step: stepSeconds }) + notes.join('');
        return { text: text.slice(0, textLimit), exitCode: 0, truncated: text.length > textLimit };
      } catch (error) {
        if (!(error instanceof QueryRefusal)) throw error;
        return { text: `${error.message}\n`, exitCode: 1, truncated: false };
      }
    },
  };
}

function seriesOf(data: Data, hour: Data | undefined): readonly Series[] {
  const past = new Map<string, Series>();
  if (hour?.resultType === 'matrix')
    for (const { metric, values } of hour.result) past.set(nameOf(metric), { name: nameOf(metric), points: values });
  switch (data.resultType) {
    case 'scalar':
      return [{ name: 'value', now: data.result[1], points: past.get('')?.points ?? [] }];
    case 'string':
      return [{ name: 'text', now: data.result[1], points: [] }];
    case 'matrix':
      return data.result.map(({ metric, values }) => {
        const last = values.at(-1);
        return { name: nameOf(metric), points: values, ...(last && { now: last[1] }) };
      });
    case 'vector': {
      const present = data.result.map(({ metric, value }): Series => {
        const name = nameOf(metric);
        const points = past.get(name)?.points ?? [];
        past.delete(name);
        return { name, points, now: value?.[1] ?? 'a histogram' };
      });
      // What was there within the hour and is not now is often the point.
      return [...present, ...past.values()];
    }
  }
}

/** `up{job="web"}`, as Prometheus writes it. */
function nameOf({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length === 0) return name;
  return `${name}{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ')}}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unavailable = (base: string, what: string, cause?: unknown): OperationError =>
  new OperationError('source-unavailable', `Prometheus at ${base} ${what}. Check services[].prometheus.`, {
    retryable: true,
    cause,
  });

/** Its version, for `doctor`. Throws `source-unavailable`. */
export async function prometheusVersion(url: string): Promise<string> {
  const base = url.replace(/\/+$/, '');
  try {
    const answer = await fetch(`${base}/api/v1/status/buildinfo`, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    const Build = z.object({ data: z.object({ version: z.string().max(100) }) });
    return Build.parse(await answer.json()).data.version;
  } catch (error) {
    throw unavailable(base, `did not say its version (${describeError(error)})`, error);
  }
}
