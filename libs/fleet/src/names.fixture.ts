import { FakeClock, ShipmateError } from '#kernel';
import { MemoryDirectory } from '#directory';
import { MemoryBus } from '#relay';
import type { HostMessage } from '#tmate-protocol';
import { Stage, type FakeHost } from './stage.fixture.js';

export const set = (option: string, value: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', option, value],
});
export const asking = (key: string, name: string, readOnly = ''): HostMessage[] => [
  ...(key === '' ? [] : [set('tmate-api-key', key)]),
  ...(name === '' ? [] : [set('tmate-session-name', name)]),
  ...(readOnly === '' ? [] : [set('tmate-session-name-ro', readOnly)]),
];

/** Edges of one fleet, and an authority for API keys. */
export class Town {
  readonly clock = new FakeClock();
  readonly directory = new MemoryDirectory(this.clock);
  readonly bus = new MemoryBus();
  readonly users = new Map([
    ['KEY-ADA', 'ada'],
    ['KEY-BOB', 'bob'],
  ]);
  away = false;
  asked = 0;
  openUser: string | undefined;
  readonly faults: string[] = [];

  async edge({ known = true, directory = this.directory } = {}): Promise<Stage> {
    const names = {
      openUser: this.openUser,
      userOf: async (key: string) => {
        this.asked += 1;
        if (this.away) throw new ShipmateError('unavailable', 'the broker cannot be reached');
        return this.users.get(key);
      },
    };
    const { clock, bus } = this;
    const failed = (what: string, error: unknown): void => void this.faults.push(`${what}: ${String(error)}`);
    const stage = new Stage({ clock, directory, bus, failed, ...(known ? { names } : {}) });
    await stage.sessions.start();
    return stage;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve();
  }

  /** A heartbeat and a sweep of every edge. */
  async beat(): Promise<void> {
    this.clock.advance(5_000);
    await this.settle();
  }
}

export const ssh = (host: FakeHost): string | undefined => host.env('tmate_ssh');
export const RANDOM = /^ssh -p2222 [0-9A-Za-z]{25}@localhost$/;
