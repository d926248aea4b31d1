/** Why no answer came: what is wrong with the way to the API server, and what to do about it. */
import { X509Certificate } from 'node:crypto';

export type Trouble = { readonly what: string; readonly next: string };

const check = 'Try again, or check it.';
const ownCertificate = 'Renew the client certificate of its kubeconfig.';

/** Codes of Node and undici. */
const byCode: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: { what: 'it refuses connections', next: check },
  ENOTFOUND: { what: 'its address is not known', next: 'Correct the server of its kubeconfig, or check the DNS.' },
  EAI_AGAIN: { what: 'its address is not known', next: 'Check the DNS, then try again.' },
  UND_ERR_CONNECT_TIMEOUT: { what: 'it cannot be connected to', next: check },
  ETIMEDOUT: { what: 'it cannot be connected to', next: check },
  EHOSTUNREACH: { what: 'there is no way to its address', next: 'Check the network.' },
  ENETUNREACH: { what: 'there is no way to its address', next: 'Check the network.' },
  CERT_HAS_EXPIRED: { what: 'its certificate has expired', next: 'Renew the certificate of the API server.' },
  CERT_NOT_YET_VALID: { what: 'its certificate is not valid yet', next: 'Check the clocks on both sides.' },
  CERT_REVOKED: { what: 'its certificate was revoked', next: 'Renew the certificate of the API server.' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another host name',
    next: 'Correct the server, or tls-server-name, of its kubeconfig.',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: { what: 'it does not speak TLS there', next: 'Correct the server of its kubeconfig.' },
  HPE_INVALID_CONSTANT: { what: 'it does not speak HTTP there', next: 'Correct the server of its kubeconfig.' },
};

const untrusted: Trouble = {
  what: 'its certificate is not trusted',
  next: 'Correct certificate-authority of its kubeconfig; somebody else may be answering there.',
};
const refusedOurs: Trouble = { what: 'it does not take our client certificate', next: ownCertificate };

/** `certificate`: our own one, PEM. */
export function troubleOf(error: unknown, certificate?: string | Buffer): Trouble {
  const code = codeOf(error);
  const known = byCode[code];
  if (known !== undefined) return known;
  // The other side ended the handshake because of what we showed.
  if (/ALERT_(?:\w+_)?(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    const expired = expiredSince(certificate);
    if (expired !== undefined) return { what: `our client certificate expired on ${expired}`, next: ownCertificate };
    return code.endsWith('CERTIFICATE_EXPIRED')
      ? { what: 'our client certificate has expired', next: ownCertificate }
      : refusedOurs;
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return untrusted;
  return { what: 'the connection broke', next: check };
}

function codeOf(error: unknown): string {
  for (let here = error; typeof here === 'object' && here !== null; here = 'cause' in here ? here.cause : undefined) {
    if ('code' in here && typeof here.code === 'string') return here.code;
  }
  return '';
}

/** `2026-01-31`; undefined while it is valid, and for what is no certificate. An API server answers 401 then. */
export function expiredSince(certificate: string | Buffer | undefined): string | undefined {
  if (certificate === undefined) return undefined;
  try {
    const until = new X509Certificate(certificate).validToDate;
    return until.getTime() < Date.now() ? until.toISOString().slice(0, 10) : undefined;
  } catch {
    return undefined;
  }
}
