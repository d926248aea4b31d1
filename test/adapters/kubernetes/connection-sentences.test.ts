/** What people read when no answer comes, and how long an overloaded server is left alone. */
import { describe, expect, it } from '@jest/globals';
import { troubleOf } from '../../../src/adapters/kubernetes/connection-trouble.ts';
import { ApiRefusal, brokenOff, parseStatus, secondsOf } from '../../../src/adapters/kubernetes/errors.ts';

const body = (over: object): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...over });

describe('no answer', () => {
  const sentence = (code: string): string => brokenOff('main', Object.assign(new Error('hush'), { code })).message;
  const reached = (rest: string): string => `Cluster main cannot be reached: ${rest}`;
  it.each<[string, string]>([
    ['ECONNREFUSED', 'it refuses connections. Try again, or check it.'],
    ['ECONNRESET', 'the connection broke. Try again, or check it.'],
    ['UND_ERR_SOCKET', 'the connection broke. Try again, or check it.'],
    ['ENOTFOUND', 'its address is not known. Correct the server of its kubeconfig, or check the DNS.'],
    ['EAI_AGAIN', 'its address is not known. Check the DNS, then try again.'],
    ['ETIMEDOUT', 'it cannot be connected to. Try again, or check it.'],
    ['UND_ERR_CONNECT_TIMEOUT', 'it cannot be connected to. Try again, or check it.'],
    ['EHOSTUNREACH', 'there is no way to its address. Check the network.'],
    ['CERT_HAS_EXPIRED', 'its certificate has expired. Renew the certificate of the API server.'],
    ['CERT_NOT_YET_VALID', 'its certificate is not valid yet. Check the clocks on both sides.'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'its certificate is for another host name. Correct the server, or tls-server-name, of its kubeconfig.',
    ],
    ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'].map(
      (code): [string, string] => [
        code,
        'its certificate is not trusted. Correct certificate-authority of its kubeconfig; somebody else may be answering there.',
      ],
    ),
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'our client certificate has expired. Renew the client certificate of its kubeconfig.',
    ],
    [
      'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED',
      'our client certificate has expired. Renew the client certificate of its kubeconfig.',
    ],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'it does not take our client certificate. Renew the client certificate of its kubeconfig.',
    ],
    [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'it does not take our client certificate. Renew the client certificate of its kubeconfig.',
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS there. Correct the server of its kubeconfig.'],
    ['HPE_INVALID_CONSTANT', 'it does not speak HTTP there. Correct the server of its kubeconfig.'],
  ])('%s', (code, rest) => {
    expect(sentence(code)).toBe(reached(rest));
  });

  it('finds the code behind an error of the library', () => {
    const cause = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' });

    expect(troubleOf(new Error('fetch failed', { cause })).what).toBe('its certificate has expired');
    expect(troubleOf(undefined).what).toBe('the connection broke');
  });
});

describe('Retry-After', () => {
  it.each<[string | string[] | undefined, number | undefined]>([
    ['5', 5],
    [['9', '5'], 9],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is %j s', (header, seconds) => {
    expect(secondsOf(header, Date.parse('2026-11-22T12:00:00Z'))).toBe(seconds);
  });

  it.each<[string, number | undefined, number | undefined]>([
    [body({ details: { retryAfterSeconds: 2 } }), 9, 2_000],
    [body({}), 9, 9_000],
    ['<html>', 9, 9_000],
    [body({}), 86_400, 300_000],
    [body({}), undefined, undefined],
  ])('of %s and the header %j waits %j ms', (text, header, waitMs) => {
    const hints = header === undefined ? {} : { retryAfterSeconds: header };

    expect(new ApiRefusal('main', parseStatus(429, text, hints)).retryAfterMs).toBe(waitMs);
  });
});
