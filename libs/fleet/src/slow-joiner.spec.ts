import { describe, expect, it } from 'vitest';
import { FRAME_INTERVAL_MS } from '#session';
import { Stage } from './stage.fixture.js';

// `FrameSender.show` drops the frames (libs/session/src/seat/frame-sender.ts).
describe('a slow joiner', () => {
  it('skips frames and sees the present when it reads again', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [slow, quick] = [await stage.join(host), await stage.join(host)];
    slow.ready = false;
    const before = slow.writes;
    for (let n = 0; n < 500; n++) {
      host.print(`line ${n}\r\n`);
      stage.clock.advance(1);
    }
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(slow.writes).toBe(before);
    expect(quick.text).toContain('line 499');
    slow.becomeReady();
    expect(slow.writes).toBe(before + 1);
    expect(slow.lines).toEqual(quick.lines);
  });
});
