import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The command line itself is wrong: exit code 2 and the command's help. */
export class UsageError extends Error {}

/** `parseArgs`, with its errors as one sentence of ours. */
export function parseFlags<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : 'the options cannot be read');
  }
}
