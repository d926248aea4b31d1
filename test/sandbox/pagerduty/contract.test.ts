import { describe } from '@jest/globals';
import { createServer } from 'node:http';
import { createPager } from '../../../src/adapters/pagerduty/pager.ts';
import { startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { holdsPagerContract } from '../../contracts/pager.ts';
import { silent } from '../../ledger.ts';

describe('the stand-in for PagerDuty, over HTTP', () => {
  holdsPagerContract(async () => {
    const pagerduty = await startPagerDuty();
    const { apiUrl, token } = pagerduty;
    pagerduty.connect('http://127.0.0.1:9/some/other/hook');
    return {
      pager: createPager({ token, apiUrl, from: 'firebreak@example.com', log: silent }),
      service: 'PLARGEF',
      policy: 'PLADDER',
      people: [
        { id: 'PALICE1', email: 'alice@example.com' },
        { id: 'PCAROL1', email: 'carol@example.com' },
      ],
      trigger: async (title) => pagerduty.trigger({ title }).id,
      async switchedOffSubscription() {
        const app = createServer((_, response) => void response.writeHead(403).end());
        await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
        const address = app.address();
        if (address === null || typeof address === 'string') throw new Error('no port');
        const url = `http://127.0.0.1:${address.port}/webhooks/pagerduty`;
        const subscription = pagerduty.connect(url);
        for (let count = 0; count < 3; count++) pagerduty.ping(subscription);
        await pagerduty.waitFor(() => pagerduty.webhooks.isDisabled(subscription));
        await new Promise<void>((resolve) => app.close(() => resolve()));
        return url;
      },
      close: () => pagerduty.stop(),
    };
  });
});
