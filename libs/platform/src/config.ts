import { accessSync, constants } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { nearest, ShipmateError } from '#kernel';
import { VARIABLES } from './config-schema.js';
import { splitList } from './config-values.js';
import { defaultLimits } from './limits.js';
import type { Secret } from './secret.js';
import { providerVariables, readSignIn, type SignInConfig } from './sign-in-config.js';
import { readTraceConfig, type TraceConfig } from './tracing/trace-config.js';

/** What the names of all variables begin with. */
const PREFIX = 'SHIPMATE_';

/** What the environment says, read once at the start. Times are in milliseconds. URLs have no slash at their ends. */
export type Config = Readonly<ReturnType<typeof toConfig>> & {
  /** Undefined: nothing is traced. */
  readonly tracing: TraceConfig | undefined;
  readonly signIn: SignInConfig;
};

/** What is logged, and how. */
export type LogConfig = Pick<Config['log'], 'level' | 'format'> & Partial<Pick<Config['log'], 'addresses'>>;

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Values = ReturnType<typeof VARIABLES.parse>;

const DEFAULT_SSH_PORT = 2222;
const DEFAULT_HTTP_PORT = 8080;
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
const DEFAULT_FORGES: ReadonlyMap<string, string> = new Map([
  ['github', 'https://github.com'],
  ['gitlab', 'https://gitlab.com'],
  ['codeberg', 'https://codeberg.org'],
]);

/**
 * Reads the configuration. An empty variable counts as not set. Throws one `config` error that names every fault; it shows
 * no secret.
 */
export function loadConfig(env: Environment): Config {
  const given = Object.fromEntries(
    Object.keys(VARIABLES.shape)
      .map((name) => [name, env[name]] as const)
      .filter(([name, value]) => value !== undefined && value.trim() !== '' && !isServiceLink(name, value)),
  );
  const result = VARIABLES.safeParse(given);
  if (!result.success) {
    throw configError(result.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`));
  }
  const { tracing, faults: traceFaults } = readTraceConfig(result.data);
  const { signIn, faults: signInFaults } = readSignIn(result.data, env);
  const config = { ...toConfig(result.data), tracing, signIn };
  const faults = [...crossChecks(config), ...tlsFaults(config, result.data), ...traceFaults, ...signInFaults];
  if (faults.length > 0) throw configError(faults);
  return config;
}

/** Whether Kubernetes has set that of one port for a service called shipmate: `tcp://10.0.0.1:443`. */
const isServiceLink = (name: string, value: string): boolean =>
  name === 'SHIPMATE_PORT' && /^(tcp|udp):\/\//.test(value);

/**
 * Variables that are named like ours but mean nothing to us, such as a misspelt one. Those that Kubernetes sets for a
 * service called shipmate are left out.
 */
export function unknownVariables(env: Environment): { readonly name: string; readonly meant: string | undefined }[] {
  const ofProviders = providerVariables(splitList(env['SHIPMATE_OIDC_PROVIDERS'] ?? ''));
  const names = [...Object.keys(VARIABLES.shape), ...ofProviders];
  // What all have in common says nothing about which one was meant.
  const known = names.map(withoutPrefix);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !names.includes(name))
    .filter(
      (name) => !/_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP)/.test(name) && !/^(tcp|udp):/.test(env[name] ?? ''),
    )
    .sort()
    .map((name) => {
      const meant = nearest(withoutPrefix(name), known);
      return { name, meant: meant === undefined ? undefined : `${PREFIX}${meant}` };
    });
}

const withoutPrefix = (name: string): string => name.slice(PREFIX.length);

function configError(faults: readonly string[]): ShipmateError {
  return new ShipmateError(
    'config',
    ['The configuration is wrong:', ...faults.map((fault) => `  ${fault}`)].join('\n'),
  );
}

function toConfig(values: Values) {
  const port = values.SHIPMATE_PORT;
  const sshPort = values.SHIPMATE_SSH_PORT ?? port ?? DEFAULT_SSH_PORT;
  const httpPort = values.SHIPMATE_HTTP_PORT ?? port ?? DEFAULT_HTTP_PORT;
  const { SHIPMATE_TLS_CERT: cert, SHIPMATE_TLS_KEY: key } = values;
  const tls = cert === undefined || key === undefined ? undefined : { cert, key };
  const acme = values.SHIPMATE_ACME === true ? acmeOf(values) : undefined;
  const dataDir = values.SHIPMATE_DATA_DIR ?? '.shipmate';
  const { SHIPMATE_REDIS_URL: redisUrl, SHIPMATE_REDIS_REGIONS: regions = new Map<string, Secret>() } = values;
  const cluster = values.SHIPMATE_REDIS_CLUSTER ?? false;
  // An ACME server must reach it.
  const bind = values.SHIPMATE_BIND ?? (acme === undefined ? '127.0.0.1' : '0.0.0.0');
  // The stock client takes `localhost` for IPv4's.
  const local = isIP(bind) === 6 && bind !== '::' ? bind : 'localhost';
  const here = (acme === undefined ? undefined : values.SHIPMATE_ACME_NAMES?.[0]) ?? local;
  return {
    bind,
    /** The one port for everything; undefined: there is none. */
    port,
    /** The same as `port` if SSH has none of its own. */
    sshPort,
    /** The same as `port` if HTTP has none of its own. */
    httpPort,
    /** The certificate's file and its key's; undefined: none are given. */
    tls,
    /** Which certificate to order, and where; undefined: none is ordered. */
    acme,
    sshHost: values.SHIPMATE_SSH_HOST ?? here,
    sshPublicPort: values.SHIPMATE_SSH_PUBLIC_PORT ?? sshPort,
    webUrl:
      values.SHIPMATE_WEB_URL ??
      webUrlOf(
        here === bind ? `[${here}]` : here,
        tls === undefined && acme === undefined ? { http: httpPort } : { https: port ?? httpPort },
      ),
    /** Whether that was set, and is not the default. */
    webUrlGiven: values.SHIPMATE_WEB_URL !== undefined,
    region: values.SHIPMATE_REGION ?? 'local',
    /** Undefined: embedded, nothing leaves the process. `regions`: a Redis for each; empty if one serves all. */
    redis: redisUrl === undefined && regions.size === 0 && !cluster ? undefined : { url: redisUrl, cluster, regions },
    /** Brokers' internal listeners. */
    brokerUrls: values.SHIPMATE_BROKER_URL ?? [],
    /** Undefined: a broker's own default, and none in a process that has its edges itself. */
    brokerPort: values.SHIPMATE_BROKER_PORT,
    /** Where operators' commands find the API; undefined: at the HTTP port. */
    apiUrl: values.SHIPMATE_API_URL,
    /** The user below whom names need no API key. */
    openNames: values.SHIPMATE_OPEN_NAMES,
    /** Undefined: `keptSecret` in the data directory. */
    secret: values.SHIPMATE_SECRET,
    /** Believed, but not signed with. */
    acceptedSecrets: values.SHIPMATE_ACCEPTED_SECRETS ?? [],
    adminToken: values.SHIPMATE_ADMIN_TOKEN,
    dataDir,
    hostKeysDir: values.SHIPMATE_HOST_KEYS_DIR ?? join(dataDir, 'keys'),
    /** From an SSH connection's first byte to its session. */
    loginGraceMs: (values.SHIPMATE_LOGIN_GRACE_SECONDS ?? 20) * 1000,
    /** Whether addresses have to wait whose SSH connections fail over and over. */
    sourcePenalties: values.SHIPMATE_SOURCE_PENALTIES ?? true,
    proxyProtocol: values.SHIPMATE_PROXY_PROTOCOL ?? 'off',
    trustedProxies: values.SHIPMATE_TRUSTED_PROXIES ?? [],
    forwardedHeader: values.SHIPMATE_FORWARDED_HEADER ?? 'x-forwarded-for',
    /** CIDRs. `allow` undefined: everybody. An address in both lists is denied. */
    access: { allow: values.SHIPMATE_ALLOW_FROM, deny: values.SHIPMATE_DENY_FROM ?? [] },
    /** The high-water mark of memory, in bytes; undefined: by what there is. */
    memoryHigh: values.SHIPMATE_MEMORY_HIGH,
    limits: values.SHIPMATE_LIMITS ?? defaultLimits(),
    /** Forges that publish people's keys, each with its base address. */
    keyForges: values.SHIPMATE_KEY_FORGES ?? DEFAULT_FORGES,
    requireAuthorizedKeys: values.SHIPMATE_REQUIRE_AUTHORIZED_KEYS ?? false,
    /** A readable file. */
    hostAuthorizedKeysFile: values.SHIPMATE_HOST_AUTHORIZED_KEYS,
    policyFile: values.SHIPMATE_POLICY_FILE,
    /** How long a lost host is waited for. */
    hostGraceMs: (values.SHIPMATE_HOST_GRACE_SECONDS ?? 600) * 1000,
    drainMs: (values.SHIPMATE_DRAIN_SECONDS ?? 300) * 1000,
    audit: {
      stdout: values.SHIPMATE_AUDIT_LOG === 'stdout',
      keptMs: (values.SHIPMATE_AUDIT_DAYS ?? 90) * 24 * 3_600_000,
    },
    webhooks: {
      urls: values.SHIPMATE_WEBHOOK_URL ?? [],
      slackUrls: values.SHIPMATE_SLACK_WEBHOOK_URL ?? [],
      token: values.SHIPMATE_WEBHOOK_TOKEN,
      key: values.SHIPMATE_WEBHOOK_SECRET,
      allow: values.SHIPMATE_WEBHOOK_ALLOW ?? [],
      forSessions: values.SHIPMATE_SESSION_WEBHOOKS ?? true,
    },
    log: {
      level: values.SHIPMATE_LOG_LEVEL ?? 'info',
      format: values.SHIPMATE_LOG_FORMAT,
      addresses: values.SHIPMATE_LOG_ADDRESSES ?? 'plain',
    },
  };
}

/** The names that users are told, unless others are given. */
function acmeOf(values: Values) {
  const { SHIPMATE_ACME_NAMES: given, SHIPMATE_WEB_URL: webUrl, SHIPMATE_SSH_HOST: sshHost } = values;
  const { SHIPMATE_ACME_EAB_KEY_ID: keyId, SHIPMATE_ACME_EAB_HMAC_KEY: hmacKey } = values;
  const told = [webUrl === undefined ? undefined : new URL(webUrl).hostname, sshHost?.toLowerCase()];
  const names = told.filter((name) => name !== undefined && isIP(name.replace(/^\[|\]$/g, '')) === 0) as string[];
  return {
    names: given ?? [...new Set(names)],
    email: values.SHIPMATE_ACME_EMAIL,
    directoryUrl: values.SHIPMATE_ACME_DIRECTORY ?? LETS_ENCRYPT,
    externalAccount: keyId === undefined || hmacKey === undefined ? undefined : { keyId, hmacKey },
  };
}

/** The base of links, without the port that browsers take anyway. */
const webUrlOf = (host: string, at: { readonly http: number } | { readonly https: number }): string =>
  'https' in at ? `https://${host}${at.https === 443 ? '' : `:${at.https}`}` : `http://${host}:${at.http}`;

function tlsFaults(
  { tls, acme, webUrl }: Pick<Config, 'tls' | 'acme' | 'webUrl'>,
  {
    SHIPMATE_TLS_CERT: cert,
    SHIPMATE_TLS_KEY: key,
    SHIPMATE_ACME_EAB_KEY_ID: id,
    SHIPMATE_ACME_EAB_HMAC_KEY: hmac,
  }: Values,
): string[] {
  if ((id === undefined) !== (hmac === undefined)) {
    const [given, missing] = hmac === undefined ? ['KEY_ID', 'HMAC_KEY'] : ['HMAC_KEY', 'KEY_ID'];
    return [`SHIPMATE_ACME_EAB_${given} needs SHIPMATE_ACME_EAB_${missing}`];
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = key === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    return [`SHIPMATE_TLS_${given} needs SHIPMATE_TLS_${missing}`];
  }
  if (tls !== undefined && acme !== undefined) return ['SHIPMATE_TLS_CERT and SHIPMATE_ACME cannot be used together'];
  if (acme?.names.length === 0) return ['SHIPMATE_ACME needs SHIPMATE_ACME_NAMES: the names to certify'];
  if ((tls !== undefined || acme !== undefined) && !webUrl.startsWith('https:'))
    return ['SHIPMATE_WEB_URL must begin with https:// if there is a certificate: plain HTTP is redirected'];
  return [];
}

function crossChecks(config: Config): string[] {
  const { port, sshPort, httpPort, redis, region, hostAuthorizedKeysFile, proxyProtocol, trustedProxies } = config;
  const faults: string[] = [];
  if (proxyProtocol !== 'off' && trustedProxies.length === 0) {
    faults.push('SHIPMATE_PROXY_PROTOCOL needs SHIPMATE_TRUSTED_PROXIES: no proxy is trusted unless it is named there');
  }
  if (sshPort === httpPort && sshPort !== port)
    faults.push(`SHIPMATE_SSH_PORT and SHIPMATE_HTTP_PORT must differ: both are ${sshPort}`);
  if (redis?.cluster === true && redis.url === undefined && redis.regions.size === 0) {
    faults.push('SHIPMATE_REDIS_CLUSTER needs SHIPMATE_REDIS_URL');
  }
  if (redis?.cluster === true && redis.url?.reveal().includes('+sentinel:') === true) {
    faults.push('SHIPMATE_REDIS_CLUSTER and a redis+sentinel:// SHIPMATE_REDIS_URL cannot be used together');
  }
  if (redis !== undefined && redis.regions.size > 0 && !redis.regions.has(region)) {
    faults.push(`SHIPMATE_REDIS_REGIONS must name SHIPMATE_REGION, which is ${region}`);
  }
  const { policyFile } = config;
  const noPolicy = policyFile === undefined ? undefined : whyUnreadable(policyFile);
  if (noPolicy !== undefined) {
    faults.push(`SHIPMATE_POLICY_FILE must be a readable file: ${String(policyFile)} (${noPolicy})`);
  }
  const unreadable = hostAuthorizedKeysFile === undefined ? undefined : whyUnreadable(hostAuthorizedKeysFile);
  if (unreadable !== undefined) {
    faults.push(
      `SHIPMATE_HOST_AUTHORIZED_KEYS must be a readable file: ${String(hostAuthorizedKeysFile)} (${unreadable})`,
    );
  }
  return faults;
}

function whyUnreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
