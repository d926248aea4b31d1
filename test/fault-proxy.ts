/**
 * Stands between a client and a server on loopback, passes bytes on, and breaks the connection after exactly so many of
 * them. Bytes are counted from `arm` on, over all connections: one exchange at a time, please.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Side = 'client' | 'server';
export type Cut = {
  /** Whose bytes are counted. */
  readonly side: Side;
  /** This many of them arrive, and no more. */
  readonly after: number;
  /** Both ends see a reset, or an orderly end; `hold`: both see nothing more until `release`. */
  readonly how: 'reset' | 'end' | 'hold';
};
/** What went through, each connection by itself that carried something. */
export type Exchange = readonly Readonly<Record<Side, Buffer>>[];

export type FaultProxy = {
  readonly port: number;
  /**
   * Counts anew, behind so many answers to questions that come first. The connection that comes to the cut is broken
   * there, and no other.
   */
  arm(cut?: Cut, answersBefore?: number): void;
  /** Nothing is cut from now on. Whether it came to the cut. */
  disarm(): boolean;
  /** Since `arm`. */
  exchange(): Exchange;
  /** What a client sent and was held arrives, though that client has given up by now. */
  release(): void;
  close(): Promise<void>;
};

type Pair = {
  readonly client: Socket;
  readonly server: Socket;
  passed: Record<Side, readonly Buffer[]>;
  /** `deaf`: nothing more is passed on. */
  state: 'open' | 'held' | 'deaf';
  readonly held: Buffer[];
};

export async function openFaultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let armed: Cut | undefined;
  let struck = false;
  let counted = { client: 0, server: 0 };
  let counting: Pair[] = [];
  let answersLeft = 0;
  let isAnswering = false;

  function pass(pair: Pair, side: Side, chunk: Buffer): void {
    if (pair.state === 'held' && side === 'client') pair.held.push(chunk);
    if (pair.state !== 'open') return;
    const to = pair[side === 'client' ? 'server' : 'client'];
    if (side === 'client' && isAnswering) answersLeft -= 1;
    isAnswering = side === 'server';
    if (answersLeft > 0) {
      to.write(chunk);
      return;
    }
    const room = armed?.side === side ? armed.after - counted[side] : Number.POSITIVE_INFINITY;
    const arrives = chunk.subarray(0, Math.min(room, chunk.length));
    counted[side] += arrives.length;
    pair.passed = { ...pair.passed, [side]: [...pair.passed[side], arrives] };
    if (armed === undefined || chunk.length < room) {
      to.write(arrives);
      return;
    }
    const { how } = armed;
    armed = undefined;
    struck = true;
    if (how === 'hold') {
      pair.state = 'held';
      if (side === 'client') pair.held.push(chunk.subarray(arrives.length));
      to.write(arrives);
      return;
    }
    pair.state = 'deaf';
    // Behind the last bytes: a reset throws away what the kernel does not have yet.
    to.write(arrives, () => {
      for (const socket of [pair.client, pair.server]) {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.end(() => socket.destroySoon());
      }
    });
  }

  const listener = createServer((client) => {
    const server = connect(target);
    const pair: Pair = { client, server, passed: { client: [], server: [] }, state: 'open', held: [] };
    pairs.add(pair);
    counting.push(pair);
    client.on('data', (chunk: Buffer) => pass(pair, 'client', chunk));
    server.on('data', (chunk: Buffer) => pass(pair, 'server', chunk));
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // 'close' follows
    }
    client.on('close', () => {
      if (pair.state === 'open') server.destroySoon(); // of what is held the server hears by `release`
    });
    server.on('close', () => {
      client.destroySoon();
      pairs.delete(pair);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    arm(cut, answersBefore = 0) {
      armed = cut;
      answersLeft = answersBefore;
      isAnswering = false;
      struck = false;
      counted = { client: 0, server: 0 };
      counting = [...pairs];
      for (const pair of pairs) pair.passed = { client: [], server: [] };
    },
    disarm() {
      armed = undefined;
      return struck;
    },
    exchange: () =>
      counting
        .map(({ passed }) => ({ client: Buffer.concat(passed.client), server: Buffer.concat(passed.server) }))
        .filter(({ client }) => client.length > 0),
    release() {
      for (const pair of pairs) {
        if (pair.state !== 'held') continue;
        pair.state = 'deaf';
        for (const chunk of pair.held.splice(0)) pair.server.write(chunk);
      }
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const { client, server } of pairs) {
          client.destroy();
          server.destroy();
        }
      }),
  };
}
