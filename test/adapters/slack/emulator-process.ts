/**
 * The third-party emulator of Slack's Web API, `emulate`, in a process of its own: what it keeps open ends with it. It
 * sends its address to its parent, and goes when the parent is gone.
 */
import { createEmulator } from 'emulate';

const emulator = await createEmulator({
  service: 'slack',
  port: 0,
  // One value on the command line, JSON written by the parent.
  seed: { slack: JSON.parse(process.argv[2] ?? '{}') as object },
});
process.once('disconnect', () => process.exit(0));
process.send?.(emulator.url);
