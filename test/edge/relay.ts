/** A port that stays while what is behind it goes away and comes back, or is replaced by something that knows nothing. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export async function openRelay(target: string) {
  let behind: URL | undefined = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (!behind) {
      incoming.destroy();
      return;
    }
    const outgoing = keep(connect(Number(behind.port), behind.hostname));
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Breaks every connection; new ones are refused until `restore`. */
    away(): void {
      behind = undefined;
      cut();
    },
    restore(to: string): void {
      behind = new URL(to);
    },
    async close(): Promise<void> {
      cut();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
