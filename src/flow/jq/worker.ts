/** Runs one jq program in a thread of its own, which is ended when it takes too long. See run-jq.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadJq } from 'jq-wasm';

export type JqRequest = { readonly text: string; readonly query: string; readonly flags: readonly string[] };
/** `stdout` has no line end at its end; undefined when jq ran out of memory. */
export type JqReply = { readonly stdout: string; readonly exitCode: number } | undefined;

// Types of the browser's library, which this program is not checked with.
declare const WebAssembly: {
  readonly Memory: { readonly prototype: { buffer: ArrayBuffer; grow: (pages: number) => number } };
};

const memoryMax = 256 * 1024 * 1024;
const pageBytes = 65_536;

// jq's memory is not counted by the thread's limits.
const { prototype } = WebAssembly.Memory;
const { grow } = prototype;
prototype.grow = function grown(this: { buffer: ArrayBuffer }, pages: number): number {
  if (this.buffer.byteLength + pages * pageBytes > memoryMax) throw new RangeError('jq asks for too much memory');
  return Reflect.apply(grow, this, [pages]);
};

// Given by run-jq.ts, which imports this type.
const { text, query, flags } = workerData as JqRequest;
const jq = await loadJq();
let reply: JqReply;
try {
  const { stdout, exitCode } = jq.raw(text, query, [...flags]);
  reply = { stdout, exitCode };
} catch {
  reply = undefined;
}
parentPort?.postMessage(reply);
