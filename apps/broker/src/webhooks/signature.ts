import { createHmac } from 'node:crypto';

/**
 * The headers that let a receiver tell a genuine delivery from another and a first one from a repeated one, as the
 * specification "Standard Webhooks" 1.0 has them. A key that begins with `whsec_` goes on in base64; any other is its own text.
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
