import { readFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import type { Clock } from '#kernel';
import { SystemClock, type Environment } from '#platform';
import { checkCertificate } from './check-certificate.js';
import { checkConfig, checkFleet, checkPublicNames, type DoctorRole } from './check-config.js';
import { checkDataDir, checkFileLimit, checkHostKeys } from './check-files.js';
import { checkBrokers, checkDns, type Lookup } from './check-network.js';
import { checkPolicy } from './check-policy.js';
import { checkPorts } from './check-ports.js';
import { checkRedis } from './check-redis.js';
import type { Finding } from './finding.js';

/** What the doctor inspects besides the configuration; tests replace it. */
export interface World {
  readonly clock: Clock;
  readonly lookup: Lookup;
  /** `/proc/self/limits`; undefined if it does not exist. */
  readonly limits: string | undefined;
}

function thisWorld(): World {
  let limits: string | undefined;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    limits = undefined; // Not Linux.
  }
  const addresses = async (host: string): Promise<readonly string[]> =>
    (await lookup(host, { all: true })).map(({ address }) => address);
  return { clock: new SystemClock(), lookup: addresses, limits };
}

/** Looks at all that a process of this `role` needs with this environment, and changes nothing. */
export async function examine(
  env: Environment,
  world: World = thisWorld(),
  role?: DoctorRole,
): Promise<readonly Finding[]> {
  const { config, findings } = checkConfig(env);
  if (config === undefined) return findings;
  const [ports, keys, redis, brokers, names] = await Promise.all([
    checkPorts(config),
    role === 'broker' ? [] : checkHostKeys(config),
    checkRedis(config, world.clock),
    checkBrokers(config),
    checkDns(config, world.lookup),
  ]);
  const local = [...checkPublicNames(config), ...checkFleet(config, env, role)];
  const files = [
    ...checkDataDir(config),
    ...keys,
    ...checkPolicy(config),
    ...checkFileLimit(world.limits),
    ...checkCertificate(config, world.clock),
  ];
  return [...findings, ...local, ...ports, ...files, ...redis, ...brokers, ...names];
}
