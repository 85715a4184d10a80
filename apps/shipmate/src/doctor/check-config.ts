import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { isShipmateError } from '#kernel';
import { loadConfig, unknownVariables, type Config, type Environment } from '#platform';
import { fail, ok, warn, type Finding } from './finding.js';

/** Checks the variables; returns the configuration if they are valid. */
export function checkConfig(env: Environment): { config: Config | undefined; findings: readonly Finding[] } {
  const unknown = unknownVariables(env).map(({ name, meant }) =>
    warn(
      'configuration',
      `${name} is unknown`,
      meant === undefined
        ? 'Correct its name (docs/configuration.md lists them), or leave it out.'
        : `Did you mean ${meant}? Otherwise leave it out.`,
    ),
  );
  try {
    const config = loadConfig(env);
    return { config, findings: [...unknown, ok('configuration', 'all variables are valid')] };
  } catch (error) {
    if (!isShipmateError(error, 'config')) throw error;
    const [, ...faults] = error.message.split('\n');
    const findings = faults.map((fault) => fail('configuration', fault.trim(), 'See docs/configuration.md.'));
    return { config: undefined, findings: [...unknown, ...findings] };
  }
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Checks that the links and names that users get lead here. */
export function checkPublicNames(config: Config): readonly Finding[] {
  const { bind, sshHost, webUrl } = config;
  const isPublic = WILDCARDS.has(bind) || !isLocal(bind);
  const web = new URL(webUrl);
  const findings: Finding[] = [];
  if (isPublic && isLocal(sshHost)) {
    findings.push(
      warn(
        'public names',
        `users see ${sshHost} as the SSH address`,
        "Set SHIPMATE_SSH_HOST to this server's public name.",
      ),
    );
  }
  if (isPublic && isLocal(web.hostname)) {
    findings.push(
      warn('public names', `web links begin with ${webUrl}`, "Set SHIPMATE_WEB_URL to this server's public address."),
    );
  }
  if (web.protocol === 'http:' && !isLocal(web.hostname)) {
    findings.push(
      warn(
        'public names',
        `web links go over plain HTTP (${webUrl})`,
        'Set SHIPMATE_TLS_CERT and SHIPMATE_TLS_KEY, or put a proxy with TLS in front of the HTTP port; then set SHIPMATE_WEB_URL to the https:// address.',
      ),
    );
  }
  if (
    web.protocol === 'https:' &&
    config.tls === undefined &&
    config.acme === undefined &&
    config.trustedProxies.length === 0
  ) {
    findings.push(
      warn(
        'proxies',
        `${webUrl} needs a proxy with TLS, and no proxy is trusted: all its visitors seem to have its address`,
        'Set SHIPMATE_TRUSTED_PROXIES to its address, such as 127.0.0.1,::1 for one on this machine.',
      ),
    );
  }
  const isFine = findings.every(({ check }) => check !== 'public names');
  return isFine ? [ok('public names', `${sshHost}, ${webUrl}`), ...findings] : findings;
}

/** The processes that a server may have; undefined stands for any of them. */
export type DoctorRole = 'serve' | 'ssh-edge' | 'web-edge' | 'broker' | undefined;

/** What every process of a fleet must have in common. */
export function checkFleet(config: Config, env: Environment, role?: DoctorRole): readonly Finding[] {
  const { redis, secret, brokerUrls, dataDir, hostKeysDir } = config;
  if (redis === undefined) return [ok('fleet', 'one process, nothing shared')];
  const findings: Finding[] = [];
  const kept = [
    ...(secret === undefined ? [join(dataDir, 'secret')] : []),
    ...((env['SHIPMATE_HOST_KEYS_DIR'] ?? '') === '' && role !== 'broker' ? [hostKeysDir] : []),
  ].filter((path) => existsSync(path));
  if (secret === undefined && !kept.includes(join(dataDir, 'secret'))) {
    findings.push(
      fail(
        'fleet',
        'SHIPMATE_SECRET is not set: each process would create its own',
        'Set it to the same value on every process, so that hosts get their session back at any edge; or give all of them one SHIPMATE_DATA_DIR.',
      ),
    );
  }
  if ((env['SHIPMATE_HOST_KEYS_DIR'] ?? '') === '' && role !== 'broker' && !kept.includes(hostKeysDir)) {
    findings.push(
      warn(
        'fleet',
        'SHIPMATE_HOST_KEYS_DIR is not set: each process would create its own host keys',
        'Give every edge the same keys: hosts compare them with their configuration.',
      ),
    );
  }
  if (brokerUrls.length === 0 && role !== 'broker' && role !== 'serve') {
    findings.push(
      warn(
        'fleet',
        'SHIPMATE_BROKER_URL is not set: edges can give only open names',
        'Set it if you want names. A broker does not need it, nor does a process with every role (serve).',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return kept.length > 0
    ? [ok('fleet', `${kept.join(' and ')}: right if every process of the fleet uses this folder`)]
    : [ok('fleet', 'what the processes share is set')];
}

/** Whether a name leads only to this machine. */
export function isLocal(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    (isIP(bare) === 4 && bare.startsWith('127.'))
  );
}
