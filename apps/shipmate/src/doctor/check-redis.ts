import { isShipmateError, type Clock } from '#kernel';
import type { Config } from '#platform';
import { inspectRedis, type RedisFacts } from '#redis';
import { fail, ok, unknown, warn, type Finding } from './finding.js';

/** An edge that is merely busy has as much waiting now and then (docs/redis.md). */
const LEAST_SUBSCRIBER_BYTES = 2 * 1024 * 1024;
/** Each connection is used, or asked whether it is alive, every 5 s. */
const LEAST_IDLE_SECONDS = 30;
const CLOCK_WARN_MS = 1_000;
const CLOCK_FAIL_MS = 10_000;

/** Every Redis that the configuration names. */
export async function checkRedis({ redis, region }: Config, clock: Clock): Promise<readonly Finding[]> {
  if (redis === undefined) return [];
  const { cluster, url, regions } = redis;
  const named = regions.size > 0 ? [...regions] : url === undefined ? [] : [[region, url] as const];
  const found = await Promise.all(
    named.map(async ([where, secret]) => {
      const which = regions.size > 0 ? `redis of ${where}` : 'redis';
      try {
        const settings = { url: secret.reveal(), cluster, name: `shipmate:doctor:${region}` };
        return toldOf(which, await inspectRedis(settings, { clock, startTimeoutMs: 5_000 }));
      } catch (error) {
        if (!isShipmateError(error)) throw error;
        return [
          fail(
            which,
            error.message,
            'Correct SHIPMATE_REDIS_URL, or start that Redis: docs/redis.md explains URLs, users and rights.',
          ),
        ];
      }
    }),
  );
  return found.flat();
}

/** What there is to say of a Redis. */
export function toldOf(
  which: string,
  { masters, refused, unable, clockAheadMs, roundTripMs }: RedisFacts,
): readonly Finding[] {
  const findings: Finding[] = [
    ok(
      which,
      `${masters.map(({ id, version }) => `${id === 'master' ? '' : `${id} `}${version}`).join(', ')}; ${roundTripMs.toFixed(1)} ms away`,
    ),
    refused.length === 0
      ? ok(`${which} rights`, 'all necessary commands are permitted')
      : fail(
          `${which} rights`,
          `this user may not run ${refused.join(', ')}`,
          'Give it the rights that docs/redis.md lists (ACL SETUSER).',
        ),
  ];
  if (unable !== undefined) {
    findings.push(
      fail(
        `${which} writes`,
        `${unable}: nothing can be shared between edges`,
        'See `redis-cli INFO memory` and `INFO persistence`: give it more memory (CONFIG SET maxmemory), or its disk room.',
      ),
    );
  }
  for (const master of masters) {
    const at = masters.length > 1 ? `${master.id}: ` : '';
    const settings = `${which} settings`;
    const faults = [
      ...evictionFault(settings, at, master.evictionPolicy),
      ...limitFault(settings, at, master.subscriberLimit),
      ...idleFault(settings, at, master.idleSeconds),
    ];
    findings.push(
      ...(faults.length > 0 ? faults : [ok(settings, `${at}noeviction, and enough buffer for subscribers`)]),
    );
  }
  findings.push(clockFinding(clockAheadMs, which));
  return findings;
}

function* evictionFault(check: string, at: string, policy: string | undefined): Iterable<Finding> {
  if (policy === undefined) {
    yield unknown(
      check,
      `${at}this user may not read them`,
      'As an administrator: redis-cli CONFIG GET maxmemory-policy must say noeviction, and client-output-buffer-limit 2 MB at least for pubsub.',
    );
  } else if (policy !== 'noeviction') {
    yield fail(
      check,
      `${at}maxmemory-policy is ${policy}: evicted sessions are lost`,
      'CONFIG SET maxmemory-policy noeviction, and in redis.conf.',
    );
  }
}

function* limitFault(check: string, at: string, limit: number | undefined): Iterable<Finding> {
  if (limit === undefined || limit === 0 || limit >= LEAST_SUBSCRIBER_BYTES) return;
  yield fail(
    check,
    `${at}client-output-buffer-limit of pubsub is ${limit} bytes: it would disconnect busy edges`,
    'CONFIG SET client-output-buffer-limit "pubsub 32mb 8mb 60", and in redis.conf.',
  );
}

function* idleFault(check: string, at: string, seconds: number | undefined): Iterable<Finding> {
  if (seconds === undefined || seconds === 0 || seconds >= LEAST_IDLE_SECONDS) return;
  yield warn(
    check,
    `${at}timeout is ${seconds} s: it may end connections between two heartbeats`,
    'CONFIG SET timeout 0, and in redis.conf.',
  );
}

function clockFinding(aheadMs: number, which: string): Finding {
  const seconds = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s`;
  const text = `this machine's clock is ${seconds} ${aheadMs > 0 ? 'behind' : 'ahead of'} that of ${which}`;
  const fix = 'Synchronize both clocks with a time server (chrony, systemd-timesyncd).';
  if (Math.abs(aheadMs) >= CLOCK_FAIL_MS) return fail('clock', text, fix);
  if (Math.abs(aheadMs) >= CLOCK_WARN_MS) return warn('clock', text, fix);
  return ok('clock', `in sync with ${which}`);
}
