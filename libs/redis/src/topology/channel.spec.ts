import { describe, expect, it } from 'vitest';
import { Channel } from './channel.js';

describe('Channel', () => {
  it('says once that a subscription is lost, and before what comes next that something may have been missed', () => {
    const heard: string[] = [];
    const channel = new Channel('c');
    channel.add({
      listener: {
        message: () => void heard.push('message'),
        lost: () => void heard.push('lost'),
        interrupted: () => void heard.push('interrupted'),
      },
      inForce: false,
      entered: () => void heard.push('entered'),
    });
    channel.lose();
    channel.confirm();
    channel.lose();
    channel.lose();
    channel.confirm();
    channel.deliver(Uint8Array.of());
    expect(heard).toEqual(['entered', 'lost', 'interrupted', 'message']);
  });
});
