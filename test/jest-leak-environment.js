/**
 * Fails a test file that leaves something open. An `afterAll` of a set-up file would run before those of the test
 * file (jest-circus runs them in the order they were written), so this listens to the end of the run instead.
 */
import { createRequire } from 'node:module';
import { leakedSince, openResources, watchTimers } from './leaks.ts';

// The environment that jest itself brings, in jest's own version.
const { TestEnvironment } = createRequire(import.meta.resolve('jest'))('jest-environment-node');

export default class LeakEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.timers = watchTimers(this.global);
    this.before = openResources(0);
  }

  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    const left = await leakedSince(this.before, { timers: this.timers, settleMs: 3_000 });
    if (left.length === 0) return;
    const error = new Error(
      `This file leaves open: ${left.join(', ')}. Close what it opens, in afterEach or afterAll.`,
    );
    error.stack = error.message;
    state.unhandledErrors.push(error);
  }
}
