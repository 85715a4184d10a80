import { describe, expect, it } from 'vitest';
import { Channel, type Entry } from './channel.js';

function listener(): { heard: string[]; entry: Entry } {
  const heard: string[] = [];
  const entry: Entry = {
    listener: {
      message: (bytes) => void heard.push(new TextDecoder().decode(bytes)),
      interrupted: () => void heard.push('(interrupted)'),
    },
    inForce: false,
    entered: () => void heard.push('(in)'),
  };
  return { heard, entry };
}
const deliver = (channel: Channel, text: string): void => channel.deliver(new TextEncoder().encode(text));

describe('Channel', () => {
  it('tells a listener when it is in force, once', () => {
    const channel = new Channel('c');
    const [a, b] = [listener(), listener()];
    channel.add(a.entry);
    expect(a.heard).toEqual([]);
    channel.confirm();
    channel.confirm();
    channel.add(b.entry);
    deliver(channel, 'x');
    expect([a.heard, b.heard]).toEqual([
      ['(in)', 'x'],
      ['(in)', 'x'],
    ]);
  });

  it('tells of a loss before what comes after it, even before it is confirmed', () => {
    const channel = new Channel('c');
    const { heard, entry } = listener();
    channel.add(entry);
    channel.confirm();
    channel.lose();
    channel.lose();
    deliver(channel, 'new');
    channel.confirm();
    expect(heard).toEqual(['(in)', '(interrupted)', 'new']);
  });

  it('tells nobody of a loss who was not in force before it', () => {
    const channel = new Channel('c');
    const [a, b] = [listener(), listener()];
    channel.add(a.entry);
    channel.lose();
    channel.confirm();
    channel.lose();
    channel.add(b.entry);
    channel.confirm();
    expect([a.heard, b.heard]).toEqual([['(in)', '(interrupted)'], ['(in)']]);
    expect(channel.inForce).toBe(true);
  });

  it('is empty when the last has left, who hears nothing more', () => {
    const channel = new Channel('c');
    const { heard, entry } = listener();
    channel.add(entry);
    channel.confirm();
    expect(channel.empty).toBe(false);
    channel.remove(entry);
    expect(channel.empty).toBe(true);
    deliver(channel, 'x');
    expect(heard).toEqual(['(in)']);
  });

  it('tells the last to leave of what comes late, if it was in force', () => {
    const channel = new Channel('c');
    const late: string[] = [];
    const member = (name: string): Entry => {
      const { entry } = listener();
      return { ...entry, listener: { ...entry.listener, late: () => void late.push(name) } };
    };
    const [a, b, c] = [member('a'), member('b'), member('c')];
    channel.add(c);
    channel.remove(c);
    channel.deliverLate(new Uint8Array());
    channel.add(a);
    channel.add(b);
    channel.confirm();
    channel.remove(a);
    channel.deliverLate(new Uint8Array());
    channel.remove(b);
    channel.remove(b);
    channel.deliverLate(new Uint8Array());
    expect(late).toEqual(['b']);
  });
});
