import { describe, expect, it } from '@jest/globals';
import { failureOf, neverSent } from '../../../src/adapters/http-probe/failure.ts';
import { parseHttpUrl } from '../../../src/domain/http-url.ts';

const url = parseHttpUrl('https://web.test/');
if (!url) throw new Error('an address');
const at = { url, response: undefined, bodyBytes: 0, seconds: 0.1 };

describe('why there is no answer', () => {
  it.each(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'CERT_HAS_EXPIRED'])(
    '%s means that nothing was sent until the handshake of TLS is over, and no longer',
    (code) => {
      const error = Object.assign(new Error('tls'), { code });

      expect(neverSent(failureOf(error, { ...at, connected: true, secured: false }))).toBe(true);
      expect(neverSent(failureOf(error, { ...at, connected: true, secured: true }))).toBe(false);
    },
  );

  it('a connection that was never there carried nothing; one that broke may have', () => {
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

    expect(neverSent(failureOf(reset, { ...at, connected: false, secured: false }))).toBe(true);
    expect(neverSent(failureOf(reset, { ...at, connected: true, secured: false }))).toBe(false);
  });
});
