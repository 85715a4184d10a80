import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Sealer } from '#control';
import { Providers, SignIns } from '#identity';
import { SystemClock } from '#platform';
import { connectRedis } from '#redis';
import {
  freePort,
  median,
  RedisServer,
  run as runProgram,
  Shipmate,
  Stage,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  type Figure,
} from '#testing';

const ROUNDS = 40;
const SHELL = 'echo A-MARK-IN-THE-PANE; exec cat';
const SECRET = 'a-secret-of-this-benchmark';

/** Joining with a key that is remembered for a person, compared with a key that the host lists and with no key, all on Redis. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const dir = tempDir('smb');
    stage.onClear(() => dir.dispose());
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', dir.file('key')]);
    const ssh = { privateKey: readFileSync(dir.file('key')) };
    const { stdout } = await runProgram('ssh-keygen', ['-lf', dir.file('key.pub')]);
    const fingerprint = stdout.split(' ')[1] ?? '';
    // Where nobody answers: a key that is remembered needs no provider.
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const signIn = {
      SHIPMATE_OIDC_ISSUER: issuer,
      SHIPMATE_OIDC_CLIENT_ID: 'shipmate',
      SHIPMATE_OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
      SHIPMATE_SIGN_IN: 'joiners',
      SHIPMATE_REMEMBER_KEYS: '1d',
    };
    const [people, keys] = [await stage.add(RedisServer.start()), await stage.add(RedisServer.start())];
    await remember(people, fingerprint);
    const remembered = await shared(stage, people, signIn, '');
    const listed = await shared(stage, keys, {}, `set -g tmate-authorized-keys "${dir.file('key.pub')}"\n`);
    const bare = { ...listed, token: await listed.open() };
    const times: Record<'remembered' | 'listed' | 'bare', number[]> = { remembered: [], listed: [], bare: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.remembered.push(await join(remembered, { ssh }));
      times.listed.push(await join(listed, { ssh }));
      times.bare.push(await join(bare, {}));
    }
    return [
      {
        name: 'joining with a remembered key to first full screen, beside a key that the host lists',
        value: median(times.remembered),
        unit: 'ms',
        yardstick: median(times.listed),
        aim: 'no slower',
      },
      {
        name: 'the same, beside a token without a key',
        value: median(times.remembered),
        unit: 'ms',
        yardstick: median(times.bare),
      },
    ];
  } finally {
    await stage.clear();
  }
}

interface Shared {
  readonly port: number;
  readonly token: string;
  /** Shares another terminal there, that anybody with its token may join. */
  open(): Promise<string>;
}

/** A server on a Redis, and a host at it. */
async function shared(
  stage: Stage,
  redis: RedisServer,
  env: Readonly<Record<string, string>>,
  conf: string,
): Promise<Shared> {
  const all = {
    NODE_ENV: 'production',
    SHIPMATE_LOG_LEVEL: 'info',
    SHIPMATE_TRUSTED_PROXIES: '127.0.0.0/8',
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: SECRET,
    ...env,
  };
  const server = await stage.add(Shipmate.start({ env: all }));
  const host = async (more: string): Promise<string> => {
    const made = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: SHELL, conf: more }));
    await made.waitReady();
    return await made.token();
  };
  return { port: server.sshPort, token: await host(conf), open: async () => await host('') };
}

/** Remembers a key as somebody's who has signed in. */
async function remember(redis: RedisServer, fingerprint: string): Promise<void> {
  const clock = new SystemClock();
  const connected = await connectRedis({ url: redis.url, cluster: false, name: 'bench' }, { clock });
  const forMs = 86_400_000;
  const { keys } = new SignIns({
    providers: new Providers([], clock, { provider: () => undefined }),
    store: connected.signIns,
    signOuts: { add: async () => await Promise.resolve() },
    sealer: new Sealer(SECRET, [], 'shipmate sign-ins 1'),
    clock,
    countsForMs: forMs,
    rememberKeysMs: forMs,
  });
  await keys.remember(fingerprint, {
    provider: 'oidc',
    subject: 'ann',
    name: 'ann@example.org',
    groups: ['sre', 'staff'],
    proved: 'sign-in',
    until: clock.now() + forMs,
    signIn: { at: clock.now(), ids: ['A'.repeat(43), 'B'.repeat(43)] },
  });
  connected.close();
}

async function join(
  { port, token }: Pick<Shared, 'port' | 'token'>,
  how: { readonly ssh?: { readonly privateKey: Buffer } },
): Promise<number> {
  const began = performance.now();
  const joiner = await SyntheticJoiner.start({ port, token, ...how });
  try {
    while (!(await joiner.screen.text()).includes('A-MARK-IN-THE-PANE')) {
      if (performance.now() > began + 10_000) throw new Error('no whole screen came');
      await delay(1);
    }
    return performance.now() - began;
  } finally {
    await joiner.stop();
  }
}
