/** What is asked of the Engine API's answers; everything else passes. */
import { z } from 'zod';

const Labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {});

export const Listed = z.object({
  Id: z.string(),
  Names: z
    .array(z.string())
    .nullish()
    .transform((names) => names ?? []),
  Image: z.string(),
  ImageID: z.string(),
  Command: z.string(),
  Created: z.number(),
  State: z.string(),
  Status: z.string(),
  Ports: z
    .array(
      z.object({
        IP: z.string().optional(),
        PrivatePort: z.number(),
        PublicPort: z.number().optional(),
        Type: z.string(),
      }),
    )
    .nullish()
    .transform((ports) => ports ?? []),
  Labels,
});
export type Listed = z.infer<typeof Listed>;

export const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  Config: z.object({ Tty: z.boolean().default(false), Image: z.string().default(''), Labels }),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    Restarting: z.boolean().default(false),
    Paused: z.boolean().default(false),
    StartedAt: z.string(),
    FinishedAt: z.string(),
    ExitCode: z.number(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});
export type Inspected = z.infer<typeof Inspected>;

export const ImageListed = z.object({
  Id: z.string(),
  RepoTags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags ?? []),
  Created: z.number(),
  Size: z.number(),
});

/** Of one moment, with the moment before it for the CPU. */
const Cpu = z.object({
  cpu_usage: z.object({ total_usage: z.number() }),
  system_cpu_usage: z.number().default(0),
  online_cpus: z.number().default(1),
});
export const Stats = z.object({
  name: z.string(),
  id: z.string(),
  cpu_stats: Cpu,
  precpu_stats: Cpu,
  memory_stats: z.object({
    usage: z.number().default(0),
    limit: z.number().default(0),
    stats: z.record(z.string(), z.number()).default({}),
  }),
  pids_stats: z.object({ current: z.number().default(0) }).default({ current: 0 }),
});
