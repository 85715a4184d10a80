import { createHmac } from 'node:crypto';

/**
 * The headers with which a receiver can verify a delivery and recognize a repeated one, according to "Standard Webhooks" 1.0. A
 * key that begins with `whsec_` continues in base64; any other is used as it is.
 */
export function signatureHeaders(
  id: string,
  body: string,
  nowMs: number,
  key: string | undefined,
): Record<string, string> {
  const stamp = String(Math.floor(nowMs / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': stamp };
  if (key === undefined) return headers;
  const secret = key.startsWith('whsec_')
    ? Buffer.from(key.slice('whsec_'.length), 'base64')
    : Buffer.from(key, 'utf8');
  const mac = createHmac('sha256', secret).update(`${id}.${stamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${mac}` };
}
