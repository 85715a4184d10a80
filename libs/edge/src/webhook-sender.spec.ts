import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, generation, NotingTracer, sessionId } from '#kernel';
import { WebhookSealer, type Delivery, type Letter } from '#control';
import type { SessionHook } from '#session';
import { WebhookSender, type WebhookSenderOptions } from './webhook-sender.js';

const sealer = new WebhookSealer('a secret');
const clock = new FakeClock();
const hook = (patch: Partial<SessionHook> = {}): SessionHook => ({
  type: 'session_join',
  session: sessionId('s'),
  generation: generation(2),
  params: { id: 'p' },
  settings: { url: '', userdata: '', secret: '' },
  ...patch,
});
const own = { url: 'https://own.example/x', userdata: 'mine', secret: 'key' };

describe('WebhookSender', () => {
  let appended: Delivery[];
  let wills: (readonly Delivery[])[];
  let runs: string[];
  beforeEach(() => {
    [appended, wills, runs] = [[], [], []];
  });

  const sender = (patch: Partial<WebhookSenderOptions> = {}): WebhookSender =>
    new WebhookSender({
      writer: {
        append: (delivery) => void appended.push(delivery),
        setWill: (_, deliveries) => void wills.push(deliveries),
        runWill: (session) => void runs.push(session),
      },
      sealer,
      clock,
      urls: ['https://ops.example/hook'],
      forSessions: true,
      commands: { ssh: (token) => `ssh ${token}@host` },
      webUrl: 'https://host',
      ...patch,
    });
  const open = ({ id, sealed }: Delivery): Letter | undefined => sealer.open(id, sealed);

  it('tells the operator’s receivers and the session’s own, each its share', () => {
    sender().happened(hook({ settings: own }));
    expect(appended.map(({ lane }) => [lane.kind, lane.session])).toEqual([
      ['fleet', 's'],
      ['session', 's'],
    ]);
    const [fleet, session] = appended.map(open);
    expect(fleet).toEqual({
      url: 'https://ops.example/hook',
      body: { type: 'session_join', entity_id: 's', generation: 2, userdata: null, params: { id: 'p' } },
    });
    expect(session).toMatchObject({ url: own.url, key: 'key', body: { userdata: 'mine' } });
    expect(new Set(appended.map(({ id }) => id)).size).toBe(2);
  });

  it('tells Slack of requests to join, and of nothing else, in its own format', () => {
    const slack = { ...own, url: 'https://hooks.slack.example/b', format: 'slack' } as const;
    const both = sender({ urls: [], slackUrls: ['https://hooks.slack.example/a'] });
    for (const type of ['session_register', 'session_join', 'session_close'] as const) {
      both.happened(hook({ type, settings: slack }));
    }
    expect([appended, wills, runs]).toEqual([[], [], []]);
    both.happened(hook({ type: 'session_access_request', params: { ip_address: '192.0.2.9' }, settings: slack }));
    expect(appended.map(open)).toMatchObject([
      { url: 'https://hooks.slack.example/a', whole: true, body: { text: expect.any(String) as string } },
      { url: slack.url, whole: true, body: { blocks: expect.any(Array) as unknown[] } },
    ]);
    expect(appended.map(({ lane }) => lane.kind)).toEqual(['fleet', 'session']);
  });

  it('seals in where it came from, where that is traced', () => {
    const tracer = new NotingTracer();
    const span = tracer.start('session.open');
    const traced = sender({ tracer });
    tracer.within(span, () => traced.happened(hook({ type: 'session_register' })));
    traced.happened(hook());
    expect(appended.map((one) => open(one)?.trace)).toEqual([span.traceparent, undefined]);
    expect(open((wills[0] as readonly Delivery[])[0] as Delivery)?.trace).toBe(span.traceparent);
    expect(JSON.stringify(appended)).not.toContain(span.traceparent);
  });

  it('says of a new session how to join it, and leaves word for its end', () => {
    sender().happened(hook({ type: 'session_register', params: { stoken: 'T' } }));
    expect(open(appended[0] as Delivery)?.body['params']).toEqual({
      stoken: 'T',
      ssh_only: false,
      ssh_cmd_fmt: 'ssh %s@host',
      web_url_fmt: 'https://host/t/%s',
      ws_url_fmt: 'wss://host/ws/session/%s',
    });
    const [[will] = []] = wills;
    expect(will).toMatchObject({ type: 'session_close', lane: appended[0]?.lane });
    expect(open(will as Delivery)?.body).toMatchObject({ type: 'session_close', entity_id: 's', params: {} });
  });

  it('says the end as it was left', () => {
    sender().happened(hook({ type: 'session_close' }));
    expect([appended, runs]).toEqual([[], ['s']]);
  });

  it('sends nothing where nobody wants it, or where hosts may not ask', () => {
    sender({ urls: [] }).happened(hook());
    sender({ urls: [], forSessions: false }).happened(hook({ settings: own }));
    sender({ urls: [] }).happened(hook({ settings: { ...own, url: '' } }));
    expect(appended).toEqual([]);
    sender({ urls: [], webUrl: undefined }).happened(hook({ type: 'session_register', params: {}, settings: own }));
    expect(open(appended[0] as Delivery)?.body['params']).toEqual({ ssh_only: true, ssh_cmd_fmt: 'ssh %s@host' });
  });
});
