import { beforeEach, describe, expect, it } from 'vitest';
import { edgeId, participantId } from '#kernel';
import { commandArgv } from '#tmux';
import type { AdmissionAnswer } from '../ports.js';
import { MAX_REMOTE_JOINERS, RemoteJoiners, type RemoteEvent } from './remote-joiners.js';
import { encodeInput, encodeSends, type ReplicaInput } from '../wire/replica-input.js';

const size = { cols: 80, rows: 24 };
let told: string[] = [];
let hears = true;
let changes = 0;
let readersOnly = false;
let paused = false;
let entering: AdmissionAnswer | undefined;
let wantsKeys = false;
let joiners: RemoteJoiners;

beforeEach(() => {
  told = [];
  hears = true;
  changes = 0;
  readersOnly = false;
  paused = false;
  entering = undefined;
  wantsKeys = false;
  let next = 10;
  joiners = new RemoteJoiners({
    session: {
      nextClientId: () => next++,
      hostHears: () => hears,
      paused: () => paused,
      readersOnly: () => readersOnly,
      moderates: () => false,
      person: () => ({}),
      enter: ({ role, unproven }) =>
        entering ?? { kind: 'admitted', as: unproven === true && wantsKeys ? 'reader' : role },
    },
    on: (event) => {
      if (event.kind === 'people') changes += 1;
      else told.push(...inWords(event));
    },
  });
});

function inWords(event: RemoteEvent): string[] {
  switch (event.kind) {
    case 'joined': {
      const { id, address, key } = event.joiner;
      return [`joined ${id} ${address}${key === undefined ? '' : ` ${key}`}${event.again ? ' again' : ''}`];
    }
    case 'left':
      return [`left ${event.joiner.id}`];
    case 'resized':
      return [`resized ${event.joiner.id} ${event.joiner.size?.cols ?? 0}x${event.joiner.size?.rows ?? 0}`];
    case 'typed': {
      const { id, clientId } = event.joiner;
      return event.messages.map((one) =>
        one.type === 'exec-cmd'
          ? `${id} runs ${one.args.join(' ')} as ${one.clientId === clientId ? clientId : 'another'}`
          : `${id} types ${one.type === 'pane-key' ? String.fromCodePoint(one.key) : one.type}`,
      );
    }
    case 'mirror':
      return [`${event.joiner.id} sets ${commandArgv(event.command).join(' ')}`];
    case 'probe':
      return [`probe ${event.nonce}`];
    case 'lock':
      return [`${event.joiner.id} locks`];
    case 'replaced':
      return [`replaced ${event.nonce}`];
    case 'made-reader':
      return [`lowered ${event.id}`];
    case 'asks': {
      const { id, proofs, unproven } = event.request;
      return [`asks ${id} ${proofs.address} ${unproven === true ? 'and proves nothing' : (proofs.password ?? '')}`];
    }
    case 'rejected':
      return [`turned away ${event.id}: ${event.answer.kind}`];
    case 'decides':
      return [`${event.admit ? 'lets in' : 'refuses'} ${event.code}`];
    case 'traced':
      return [`traces ${event.from.participantId} as ${event.traceparent}`];
    case 'unreadable':
      return ['failed input of another edge'];
    case 'people':
    case 'withdrew':
      return [];
  }
}

function take(id: string, bytes: Uint8Array, edge = 'edge'): boolean {
  return joiners.take({ edgeId: edgeId(edge), participantId: participantId(id), bytes });
}

const join = (role: 'writer' | 'reader', again = false): Uint8Array =>
  encodeInput({ kind: 'join', role, transport: 'ssh', again, address: '192.0.2.1', size });
const keys = (role: 'writer' | 'reader', text: string): Uint8Array =>
  encodeSends(
    role,
    text.split('').map((key) => ({ type: 'pane-key', paneId: -1, key: key.codePointAt(0) ?? 0 })),
  )[0] ?? new Uint8Array();
const command = (...args: string[]): Uint8Array =>
  encodeSends('writer', [{ type: 'exec-cmd', clientId: 1, args }])[0] ?? new Uint8Array();
const input = (one: Exclude<ReplicaInput, { kind: 'send' }>): Uint8Array => encodeInput(one);

describe('joiners at other edges', () => {
  it('are decided about with what they proved, when they ask and when they sit down', () => {
    take('a', input({ kind: 'proofs', proofs: { keys: [], password: 'hash' } }));
    const ask = {
      kind: 'ask',
      role: 'writer',
      transport: 'ssh',
      address: '192.0.2.1',
      key: '',
      certificate: '',
    } as const;
    take('a', input(ask));
    take('old', input(ask));
    expect(told).toEqual(['asks a 192.0.2.1 hash', 'asks old 192.0.2.1 and proves nothing']);
  });

  it('who may not sit down any more are turned away, and what they typed meanwhile is for nobody', () => {
    entering = { kind: 'refused', reason: 'full', text: 'full' };
    take('a', join('writer'));
    take('a', keys('writer', 'x'));
    take('a', input({ kind: 'leave' }));
    expect(told).toEqual(['turned away a: refused']);
    expect(joiners.size).toBe(0);
  });

  it('of an edge of an earlier release may only watch where keys are asked for', () => {
    wantsKeys = true;
    take('a', join('writer'));
    take('a', keys('writer', 'x'));
    take('b', input({ kind: 'proofs', proofs: { keys: [] } }));
    take('b', join('writer'));
    take('b', keys('writer', 'y'));
    expect(told).toEqual(['lowered a', 'joined a 192.0.2.1', 'joined b 192.0.2.1', 'b types y']);
  });

  it('whom an earlier home had let in stay', () => {
    entering = { kind: 'refused', reason: 'full', text: 'full' };
    take('a', join('writer', true));
    expect(told).toEqual(['joined a 192.0.2.1 again']);
  });

  it('join, type, change their size and leave', () => {
    take('a', join('writer'));
    expect(joiners.size).toBe(1);
    expect(joiners.writersSizes).toEqual([size]);
    take('a', keys('writer', 'x'));
    take('a', input({ kind: 'size', role: 'writer', size: { cols: 90, rows: 30 } }));
    expect(joiners.writersSizes).toEqual([{ cols: 90, rows: 30 }]);
    take('a', input({ kind: 'leave' }));
    expect(joiners.size).toBe(0);
    expect(told).toEqual(['joined a 192.0.2.1', 'a types x', 'resized a 90x30', 'left a']);
  });

  it('are traced before anything else is known of them, and nobody is counted for that', () => {
    take('a', input({ kind: 'trace', traceparent: 'a trace' }));
    expect([joiners.size, joiners.people, changes]).toEqual([0, [], 0]);
    take('a', join('writer'));
    expect(told).toEqual(['traces a as a trace', 'joined a 192.0.2.1']);
  });

  it('of a later release may say what is not known here: it is dropped, and what follows counts', () => {
    expect(take('a', Uint8Array.of(200, 1, 2, 3))).toBe(true);
    expect(joiners.size).toBe(0);
    take('a', join('writer'));
    expect(told).toEqual(['failed input of another edge', 'joined a 192.0.2.1']);
  });

  it('are known by what they said of themselves, once they have', () => {
    take('a', keys('writer', 'x'));
    expect([joiners.people, changes]).toEqual([[], 0]);
    take('b', join('reader'), 'other');
    take('a', join('writer'));
    const b = { edge: 'other', role: 'reader', transport: 'ssh', clientId: 11 };
    expect(joiners.people).toEqual([{ edge: 'edge', role: 'writer', transport: 'ssh', clientId: 10 }, b]);
    expect(changes).toBe(2);
    take('a', join('reader', true));
    expect(joiners.people[0]?.role).toBe('reader');
    take('a', input({ kind: 'leave' }));
    expect([joiners.people, changes]).toEqual([[b], 4]);
  });

  it('say by which key they were let in before they join, and not after', () => {
    take('a', input({ kind: 'key', role: 'writer', key: 'SHA256:abc' }));
    expect([joiners.people, told]).toEqual([[], []]);
    take('a', join('writer'));
    take('a', input({ kind: 'key', role: 'writer', key: 'SHA256:other' }));
    take('a', input({ kind: 'leave' }));
    take('a', join('writer'));
    expect(told).toEqual(['joined a 192.0.2.1 SHA256:abc', 'left a', 'joined a 192.0.2.1']);
  });

  it('are named to the host by numbers of this home', () => {
    take('a', command('new-window'));
    expect(told).toEqual(['a runs new-window as 10']);
    expect(joiners.byClientId(10)?.id).toBe('a');
    expect(joiners.byClientId(1)).toBeUndefined();
  });

  it('are held to their rights here too', () => {
    take('r', join('reader'));
    take('r', keys('reader', 'rm'));
    take('r', input({ kind: 'mirror', role: 'reader', argv: ['set-option', '-g', 'status', 'off'] }));
    // What a faulty edge says later does not make a writer of a reader.
    take('r', keys('writer', 'rm'));
    expect(joiners.writersSizes).toEqual([]);
    expect(told).toEqual(['joined r 192.0.2.1']);
  });

  it('cannot have the host run what it must not be sent', () => {
    for (const args of [
      ['detach-client', '-a'],
      ['command-prompt'],
      ['no-such'],
      ['load-buffer', 'x'],
      ['display-message', 'x'],
    ]) {
      take('a', command(...args));
    }
    take('a', encodeSends('writer', [{ type: 'notify', text: 'x' }, { type: 'ready' }])[0] ?? new Uint8Array());
    take('a', input({ kind: 'mirror', role: 'writer', argv: ['kill-server'] }));
    expect(told).toEqual([]);
    take('a', input({ kind: 'mirror', role: 'writer', argv: ['set-option', '-g', 'status', 'off'] }));
    expect(told).toEqual(['a sets set-option -g status off']);
  });

  it('are told to keep what they typed while the host is away', () => {
    take('a', join('writer'));
    hears = false;
    expect(take('a', keys('writer', 'x'))).toBe(false);
    expect(take('a', input({ kind: 'size', role: 'writer', size }))).toBe(true);
    expect(take('b', join('writer'))).toBe(true);
    hears = true;
    expect(take('a', keys('writer', 'x'))).toBe(true);
  });

  it('of an earlier home may type before they have said who they are', () => {
    take('a', keys('writer', 'x'));
    take('a', join('writer', true));
    take('a', join('writer', true));
    expect(told).toEqual(['a types x', 'joined a 192.0.2.1 again', 'resized a 80x24']);
    expect(joiners.size).toBe(1);
  });

  it('go with their edge, once it was missed twice', () => {
    take('a', join('writer'), 'one');
    take('b', join('writer'), 'two');
    joiners.keepEdges(new Set([edgeId('two')]));
    joiners.keepEdges(new Set([edgeId('one'), edgeId('two')]));
    joiners.keepEdges(new Set([edgeId('two')]));
    expect(joiners.size).toBe(2);
    joiners.keepEdges(new Set([edgeId('two')]));
    expect(told.at(-1)).toBe('left a');
    expect(joiners.size).toBe(1);
  });

  it('that make no sense are passed over', () => {
    expect(take('a', Uint8Array.of(99))).toBe(true);
    expect(take('a', new Uint8Array())).toBe(true);
    expect(told).toEqual(['failed input of another edge', 'failed input of another edge']);
  });

  it('may be no more than a limit: whoever comes over it is turned away, and types for nobody', () => {
    for (let n = 0; n < MAX_REMOTE_JOINERS; n++) take(`p${n}`, join('writer'));
    expect(told.at(-1)).toBe(`joined p${MAX_REMOTE_JOINERS - 1} 192.0.2.1`);
    take(
      'over',
      input({ kind: 'ask', role: 'reader', transport: 'ssh', address: '192.0.2.1', key: '', certificate: '' }),
    );
    take('over', join('writer'));
    expect(take('over', keys('writer', 'x'))).toBe(true);
    expect(told.splice(MAX_REMOTE_JOINERS)).toEqual(['turned away over: refused', 'turned away over: refused']);
    expect(joiners.size).toBe(MAX_REMOTE_JOINERS);
    take('p7', keys('writer', 'x'));
    expect(told.at(-1)).toBe('p7 types x');
    take('p7', input({ kind: 'leave' }));
    take('over', join('writer'));
    expect(told.at(-1)).toBe('joined over 192.0.2.1');
    expect(joiners.size).toBe(MAX_REMOTE_JOINERS);
  });

  it('may ask whether the host is there', () => {
    take('q', input({ kind: 'probe', nonce: 'n' }));
    take('q', input({ kind: 'replaced', nonce: 'm' }));
    expect(told).toEqual(['probe n', 'replaced m']);
    expect(joiners.size).toBe(0);
  });
});
