import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, Stage, tempDir, type TmateHost } from '#testing';
import { allToShow, Fleet } from './fleet.fixture.js';

const own = new Stage();
let fleet: Fleet;
const key = { ada: '', eve: '' };

/** Two edges that let two keys host, and where whoever may host has names. */
beforeAll(async () => {
  const dir = tempDir('smn');
  own.onClear(() => dir.dispose());
  for (const who of ['ada', 'eve'] as const) {
    key[who] = join(dir.path, who);
    await run('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', key[who]]);
  }
  const allowed = join(dir.path, 'allowed');
  writeFileSync(allowed, [key.ada, key.eve].map((file) => readFileSync(`${file}.pub`, 'utf8')).join(''));
  const env = { SHIPMATE_HOST_AUTHORIZED_KEYS: allowed, SHIPMATE_OPEN_NAMES: 'team' };
  fleet = await Fleet.start(own, own, { count: 2, env });
}, 120_000);
afterAll(async () => {
  await own.clear();
});

async function hostOf(who: 'ada' | 'eve'): Promise<{ host: TmateHost; token: string }> {
  return await fleet.host({ args: ['-n', 'site'], conf: `set -g tmate-identity ${JSON.stringify(key[who])}` });
}

describe('a host that is killed and starts again with the same SSH key', () => {
  it('has its name again at once, and nobody else; its former session ends soon, with a word', async () => {
    fleet.prefer(0);
    const { host, token } = await hostOf('ada');
    expect(token).toBe('team/site');
    const mates = [await fleet.join(0, token), await fleet.join(1, token)] as const;
    await host.typeLine('echo before $((40+2))');
    await allToShow(mates, 'before 42');
    // An edge that has just started takes nobody for dead for 20 s.
    process.kill(host.pid, 'SIGKILL');
    await allToShow(mates, 'Waiting for it to come back');

    fleet.prefer(1);
    const eve = await hostOf('eve');
    expect(eve.token).toMatch(/^[0-9A-Za-z]{25}$/);

    const again = await hostOf('ada');
    expect(again.token).toBe('team/site');
    const mate = await fleet.join(0, 'team/site');
    await again.host.typeLine('echo after $((40+3))');
    await allToShow([mate], 'after 43');

    await allToShow(mates, 'the host has started a new session; join it by its name');
    expect(mate.exit).toBeUndefined();
  }, 120_000);
});
