import { describe, expect, it } from 'vitest';
import { ApiClient } from './api-client.js';

type Sent = { url: string; init: RequestInit };

function clientWith(answer: () => Response | Promise<Response>, token?: string): { client: ApiClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const send = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url: String(url), init });
    return await answer();
  };
  return { client: new ApiClient(token, send), sent };
}

describe('a call of the API', () => {
  it('sends the token as a header, and nothing of it in the address or the referrer', async () => {
    const { client, sent } = clientWith(() => Response.json({ items: [] }), 'smh-a.b');
    expect(await client.get('/sessions/a')).toEqual({ items: [] });
    await client.post('/sessions/a/messages', { text: 'hello' });
    expect(sent.map(({ url }) => url)).toEqual(['/v1/sessions/a', '/v1/sessions/a/messages']);
    expect(sent[0]?.init.headers).toEqual({ authorization: 'Bearer smh-a.b', 'x-shipmate-page': 'yes' });
    expect(sent[1]?.init).toMatchObject({
      method: 'POST',
      body: '{"text":"hello"}',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
    });
  });

  it('says that a page calls where a cookie tells for whom', async () => {
    const { client, sent } = clientWith(() => new Response(null, { status: 204 }));
    await client.delete('/sessions/a');
    expect(sent[0]?.init.headers).toEqual({ 'x-shipmate-page': 'yes' });
  });

  it.each([
    [
      () => Response.json({ title: 'Not found', detail: 'There is no such session' }, { status: 404 }),
      404,
      'There is no such session',
    ],
    [() => Response.json({ title: 'Not found' }, { status: 404 }), 404, 'Not found'],
    [() => new Response('<html>', { status: 502 }), 502, 'The server answered 502'],
    [() => Promise.reject(new TypeError('fetch failed')), 0, 'The server cannot be reached'],
  ])('says what went wrong (%#)', async (answer, status, message) => {
    await expect(clientWith(answer).client.get('/x')).rejects.toMatchObject({ status, message });
  });
});
