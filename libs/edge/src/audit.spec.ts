import { describe, expect, it } from 'vitest';
import { edgeId, participantId, sessionId } from '#kernel';
import { silentObserver } from '#session';
import { audited } from './audit.js';

const SESSION = sessionId('session-a');
const EDGE = edgeId('edge-a');
const WHO = { id: participantId('p'), role: 'writer', transport: 'ssh', address: '192.0.2.9' } as const;
const SHOWN = { participant: 'p', role: 'writer', transport: 'ssh', address: '192.0.2.9' };

function world() {
  const events: unknown[][] = [];
  const heard: string[] = [];
  // Whatever is noted is told on, too.
  const inner = Object.fromEntries(Object.keys(silentObserver).map((name) => [name, () => void heard.push(name)]));
  const observer = audited(
    inner as unknown as typeof silentObserver,
    { note: (type, about, details) => void events.push([type, about, details]) },
    EDGE,
  );
  return { events, heard, observer };
}

describe('the events of sessions', () => {
  it('name the host’s key, and what it asks of its session', () => {
    const { events, observer } = world();
    const host = { address: '192.0.2.1', clientVersion: '2.4.0', key: undefined, reconnected: false, rights: {} };
    observer.sessionOpened(SESSION, host);
    observer.sessionOpened(SESSION, {
      ...host,
      key: 'SHA256:h',
      reconnected: true,
      rights: { password: 'set', 'max-joiners': '2' },
    });
    const about = { session: SESSION, by: EDGE };
    expect(events).toEqual([
      ['session-opened', about, { address: '192.0.2.1', clientVersion: '2.4.0' }],
      [
        'host-reconnected',
        about,
        { address: '192.0.2.1', clientVersion: '2.4.0', key: 'SHA256:h', password: 'set', 'max-joiners': '2' },
      ],
    ]);
  });

  it('name certificates', () => {
    const { events, observer } = world();
    const proven = { key: 'SHA256:k', certificate: '"ann" serial 7 of CA SHA256:c' };
    const host = { address: '192.0.2.1', clientVersion: '2.4.0', reconnected: false, rights: {} };
    observer.sessionOpened(SESSION, { ...host, ...proven });
    observer.joined(SESSION, { ...WHO, ...proven }, 'local');
    expect(events.map(([, , details]) => details)).toEqual([
      { address: '192.0.2.1', clientVersion: '2.4.0', ...proven },
      { ...SHOWN, ...proven },
    ]);
  });

  it('say who joined, who asked and what became of it, with their key', () => {
    const { events, observer } = world();
    observer.asked(SESSION, { ...WHO, key: 'SHA256:k' });
    observer.decided(SESSION, WHO, { decision: 'admitted', by: 'host', agreed: ['host'], needed: 1 });
    observer.decided(SESSION, WHO, { decision: 'refused', by: 'host', agreed: [], needed: 1 });
    observer.joined(SESSION, { ...WHO, key: 'SHA256:k' }, 'relay');
    observer.left(SESSION, WHO, 'kicked');
    expect(events.map(([type, , details]) => [type, details])).toEqual([
      ['asked', { ...SHOWN, key: 'SHA256:k' }],
      ['let-in', SHOWN],
      ['turned-away', SHOWN],
      ['joined', { ...SHOWN, key: 'SHA256:k' }],
      ['left', { participant: 'p', why: 'kicked' }],
    ]);
  });

  it('say who agreed, where several people must', () => {
    const { events, observer } = world();
    const [ann, bob] = ['person:corp:1', 'person:corp:2'];
    observer.decided(SESSION, WHO, { decision: 'agreed', by: 'host', agreed: ['host'], needed: 2 });
    observer.decided(SESSION, WHO, { decision: 'admitted', by: ann, agreed: ['host', ann], needed: 2 });
    observer.decided(SESSION, WHO, { decision: 'admitted', by: ann, agreed: [ann], needed: 1 });
    observer.decided(SESSION, WHO, { decision: 'refused', by: bob, agreed: ['host'], needed: 2 });
    expect(events.map(([type, , details]) => [type, details])).toEqual([
      ['agreed', { ...SHOWN, approver: 'host', approvals: '1 of 2' }],
      ['let-in', { ...SHOWN, approver: ann, approvers: `host, ${ann}` }],
      ['let-in', { ...SHOWN, approver: ann }],
      ['turned-away', { ...SHOWN, approver: bob }],
    ]);
  });

  it('say what became of names and rights', () => {
    const { events, observer } = world();
    observer.rightsChanged(SESSION, { expires: '2 hours' });
    for (const change of ['claimed', 'released', 'lost', 'refused'] as const) {
      observer.nameChanged(SESSION, change, 'ada/site');
    }
    expect(events.map(([type, , details]) => [type, details])).toEqual([
      ['rights-changed', { expires: '2 hours' }],
      ['name-claimed', { name: 'ada/site' }],
      ['name-released', { name: 'ada/site' }],
      ['name-lost', { name: 'ada/site' }],
      ['name-refused', { name: 'ada/site' }],
    ]);
  });

  it('are recorded besides what others are told, not instead of it', () => {
    const { heard, observer } = world();
    observer.sessionOpened(SESSION, { address: '', clientVersion: '', key: undefined, reconnected: false, rights: {} });
    observer.hostGone(SESSION, 'lost');
    observer.sessionClosed(SESSION, 'fin');
    observer.asked(SESSION, WHO);
    observer.decided(SESSION, WHO, { decision: 'admitted', by: 'host', agreed: ['host'], needed: 1 });
    observer.joined(SESSION, WHO, 'local');
    observer.left(SESSION, WHO, 'detached');
    observer.rightsChanged(SESSION, {});
    observer.nameChanged(SESSION, 'claimed', 'ada/site');
    observer.leaseLost();
    expect(heard).toEqual([
      'sessionOpened',
      'hostGone',
      'sessionClosed',
      'asked',
      'decided',
      'joined',
      'left',
      'rightsChanged',
      'nameChanged',
      'leaseLost',
    ]);
  });
});
