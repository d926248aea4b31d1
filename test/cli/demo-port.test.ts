import { expect, it } from '@jest/globals';
import { listen } from '../../src/cli/demo/start.ts';

const failing = (code: string) => (): Promise<never> =>
  Promise.reject(Object.assign(new Error(`listen ${code}`), { code }));

it('names every port that was tried when none of them is free', async () => {
  const tried: number[] = [];

  const refused = listen(4321, (port) => {
    tried.push(port);
    return failing('EADDRINUSE')();
  });

  await expect(refused).rejects.toThrow('Ports 4321 to 4341 cannot be used. Choose another one with --port');
  expect(tried).toHaveLength(21);
});

it('names the port that was asked for when it may not be had, and tries no other', async () => {
  await expect(listen(80, failing('EACCES'))).rejects.toThrow('Port 80 cannot be used (EACCES)');
});

it('ends at the last port there is', async () => {
  await expect(listen(65_534, failing('EADDRINUSE'))).rejects.toThrow('Ports 65534 to 65535 cannot be used.');
});
