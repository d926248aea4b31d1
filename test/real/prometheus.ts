/** Debian's Prometheus, run for one test on a free loopback port; it scrapes itself every second. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';

export type RealPrometheus = { readonly url: string; stop(): Promise<void> };

/** `PROMETHEUS` names the program; else the one that test/real/install unpacked, else that of the PATH. */
export async function startPrometheus(): Promise<RealPrometheus> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const unpacked = join(cache, 'firebreak-test/prometheus/usr/bin/prometheus');
  const program = process.env['PROMETHEUS'] || (existsSync(unpacked) ? unpacked : 'prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-prometheus-'));
  const address = `127.0.0.1:${await freePort()}`;
  // JSON is YAML.
  const configuration = {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'itself', static_configs: [{ targets: [address] }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--query.timeout=2s',
    ],
    { stdio: 'ignore' },
  );
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const url = `http://${address}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      'Prometheus has scraped itself',
      async () => {
        const answer = await fetch(`${url}/api/v1/query?query=up`).catch(() => undefined);
        return (await answer?.text())?.includes('"itself"') ?? false;
      },
      30_000,
    );
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
