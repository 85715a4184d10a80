import { z } from 'zod';
import * as is from './config-values.js';

/** One variable: how its text is read, what it means, and what stands for it when it is not set (as the docs say it). */
function variable<T extends z.ZodType>(type: T, shownDefault: string, meaning: string): z.ZodOptional<T> {
  return type.optional().meta({ description: meaning, shownDefault });
}

/** Every variable that Shipmate reads, in the order of the docs. Texts are Markdown. */
export const VARIABLES = z.object({
  SHIPMATE_BIND: variable(
    is.hostname(),
    '`127.0.0.1`',
    'The address that every port listens on. `0.0.0.0` or `::` lets other machines in.',
  ),
  SHIPMATE_SSH_PORT: variable(is.port(), '`2222`', 'The port for hosts and joiners over SSH.'),
  SHIPMATE_HTTP_PORT: variable(is.port(), '`8080`', 'The port for web pages, the API, health and metrics.'),
  SHIPMATE_SSH_HOST: variable(
    is.hostname(),
    '`localhost`, or an IPv6 address in `SHIPMATE_BIND`',
    'The name that users are told to reach the SSH port by.',
  ),
  SHIPMATE_SSH_PUBLIC_PORT: variable(
    is.port(),
    'the SSH port',
    'The port that users are told, where a load balancer or a port mapping changes it.',
  ),
  SHIPMATE_WEB_URL: variable(
    is.url('http:', 'https:'),
    '`http://localhost:8080`, with the HTTP port',
    'The base of the web links that users are told.',
  ),
  SHIPMATE_REGION: variable(is.word(), '`local`', 'The region of this edge, such as `nyc1`.'),
  SHIPMATE_REDIS_URL: variable(
    is.redisUrl(),
    'empty: one process, nothing shared',
    'The Redis that the processes of a fleet share: `redis://`, `rediss://` or `redis+sentinel://`, as [redis.md](redis.md) tells.',
  ),
  SHIPMATE_REDIS_CLUSTER: variable(is.flag(), '`false`', 'Whether that is a Redis Cluster.'),
  SHIPMATE_REDIS_REGIONS: variable(
    is.redisRegions(),
    'empty: one Redis for all regions',
    'A Redis for each region: `nyc1=redis://…,sfo2=redis://…`.',
  ),
  SHIPMATE_BROKER_URL: variable(
    is.urls('http:', 'https:'),
    'empty',
    "Where edges find the brokers' internal port: one URL, or several separated by commas, of which the first that answers is asked. Without one, an edge of a fleet gives no names but open ones.",
  ),
  SHIPMATE_BROKER_PORT: variable(
    is.port(),
    '`8079`; none with `serve`, whose edges need none',
    "A broker's internal port, for the edges of its fleet alone: keep it from the public. Calls to it are signed with `SHIPMATE_SECRET`.",
  ),
  SHIPMATE_API_URL: variable(
    is.url('http:', 'https:'),
    'the HTTP port of this machine',
    "Where the operators' commands (`shipmate sessions` and so on) find the broker's API: the part of its address before `/v1`. They show it `SHIPMATE_ADMIN_TOKEN`, or `admin-token` of the data directory.",
  ),
  SHIPMATE_OPEN_NAMES: variable(
    is.userName(),
    'empty: a name needs an API key',
    'Lets hosts without an API key have names below this user: with `team`, `tmate -n site` is joined as `team/site`. Whoever may host may then have any name there that is free.',
  ),
  SHIPMATE_SECRET: variable(
    is.secret(16),
    'made once and kept in the data directory',
    'Signs the data that lets a host reconnect under its old tokens, and calls between processes. The same on every process of a fleet; at least 16 characters.',
  ),
  SHIPMATE_ACCEPTED_SECRETS: variable(
    is.secrets(16),
    'empty',
    'Further secrets, separated by commas, that are believed though nothing is signed with them: the next `SHIPMATE_SECRET` or the one before, while a fleet changes it.',
  ),
  SHIPMATE_DATA_DIR: variable(
    is.path(),
    '`.shipmate`',
    "Holds what is made at the first start: host keys, secrets, `tmate.conf`. Keep it, and hosts keep their tokens over the server's restart.",
  ),
  SHIPMATE_HOST_KEYS_DIR: variable(
    is.path(),
    '`keys` in the data directory',
    "The SSH server's keys, `ssh_host_ed25519_key`, `ssh_host_ecdsa_key` (nistp256) and `ssh_host_rsa_key`, in OpenSSH's format or PEM. The one of ECDSA may be missing.",
  ),
  SHIPMATE_LOGIN_GRACE_SECONDS: variable(
    is.whole(5, 600),
    '`20`',
    'How long an SSH connection may take from its first byte to its session, as `LoginGraceTime` of sshd; a prompt has 60 s of its own.',
  ),
  SHIPMATE_SOURCE_PENALTIES: variable(
    is.flag(),
    '`true`',
    'Whether an address whose SSH connections fail over and over has to wait ([limits.md](limits.md)). Loopback and private addresses never have to.',
  ),
  SHIPMATE_PROXY_PROTOCOL: variable(
    is.oneOf('off', 'optional', 'required'),
    '`off`',
    "Whether connections to the SSH port begin with a PROXY header (v1 or v2) that tells the client's address.",
  ),
  SHIPMATE_TRUSTED_PROXIES: variable(
    is.cidrs(),
    'empty: nobody',
    "Whose PROXY header and `X-Forwarded-For` are believed: your proxies' addresses and CIDRs, separated by commas. From anybody else they count for nothing, and the log names the peer (`proxy-not-trusted`).",
  ),
  SHIPMATE_FORWARDED_HEADER: variable(
    is.oneOf('x-forwarded-for', 'forwarded'),
    '`x-forwarded-for`',
    "The one header in which trusted proxies tell a client's address to the web edge and the API; `forwarded` is that of RFC 7239. The other one is not looked at: it may be the client's own.",
  ),
  SHIPMATE_ALLOW_FROM: variable(
    is.someCidrs(),
    'empty: everybody',
    'Who may connect at all, to SSH edges, web edges and the API: addresses and CIDRs, separated by commas. Health checks and metrics are left out.',
  ),
  SHIPMATE_DENY_FROM: variable(
    is.someCidrs(),
    'empty: nobody',
    'Who may not: addresses and CIDRs, separated by commas. An address in both lists may not.',
  ),
  SHIPMATE_LIMITS: variable(
    is.limits(),
    'those of [limits.md](limits.md)',
    'Limits against abuse, such as `hosts-per-address=50,bytes-in-all=10T/1d,joiners-per-key=off`: [limits.md](limits.md) has all of them. The same on every process of a fleet.',
  ),
  SHIPMATE_MEMORY_HIGH: variable(
    is.bytes(),
    "70 % of the container's memory, or of the machine's",
    'With more resident memory than this, in bytes (`800M`, `2G`), an edge takes no new hosts: they are told to try again, which a load balancer brings to another edge. Half of it may be what hosts and joiners make it hold, as [limits.md](limits.md) counts it.',
  ),
  SHIPMATE_ADMIN_TOKEN: variable(
    is.bearerToken(16),
    'made once and kept in the data directory',
    "The broker API's first bearer token; at least 16 characters.",
  ),
  SHIPMATE_REQUIRE_AUTHORIZED_KEYS: variable(
    is.flag(),
    '`false`',
    'Refuse hosts that bring no authorized keys (`tmate -a FILE`), so that no session is open to everybody who has its token.',
  ),
  SHIPMATE_KEY_FORGES: variable(
    is.forges(),
    '`github=https://github.com,gitlab=https://gitlab.com,codeberg=https://codeberg.org`',
    'Where the keys of people are asked for that hosts let in by a line such as `github:NAME`, as `ADDRESS/NAME.keys`. `none`: nowhere.',
  ),
  SHIPMATE_HOST_AUTHORIZED_KEYS: variable(
    is.path(),
    'empty: anybody may host',
    'A file in OpenSSH\'s `authorized_keys` format: only these keys may host, and certificates of the CAs that it names with `cert-authority,principals="NAME,…"`. Read at the start.',
  ),
  SHIPMATE_HOST_GRACE_SECONDS: variable(
    is.whole(10, 604_800),
    '`600`',
    'How long a host that was lost is waited for before its session is closed; the same on every process of a fleet.',
  ),
  SHIPMATE_WEBHOOK_URL: variable(
    is.urls('http:', 'https:'),
    'empty',
    'Where what happens to every session is sent, as [webhooks.md](webhooks.md) tells: one URL, or several separated by commas. The same on every process of a fleet. Whoever gets it can join the sessions.',
  ),
  SHIPMATE_WEBHOOK_TOKEN: variable(
    is.secret(8),
    'empty',
    'Goes with every request to those as `Authorization: Bearer`; for brokers. At least 8 characters.',
  ),
  SHIPMATE_WEBHOOK_SECRET: variable(
    is.secret(16),
    'empty: not signed',
    'Signs every request to those (HMAC-SHA256, as Standard Webhooks has it); for brokers. One that begins with `whsec_` is base64 after that. At least 16 characters.',
  ),
  SHIPMATE_WEBHOOK_ALLOW: variable(
    is.hostnames(),
    'empty: public addresses only',
    'Hosts that sessions may have their webhooks sent to, and receivers redirect to, though their addresses are private; for brokers.',
  ),
  SHIPMATE_SESSION_WEBHOOKS: variable(
    is.flag(),
    '`true`',
    'Whether a host may have what happens to its session sent to a URL of its own (`set -g tmate-webhook-url`).',
  ),
  SHIPMATE_AUDIT_LOG: variable(
    is.oneOf('off', 'stdout'),
    '`off`',
    'With `stdout`, every event (`GET /v1/events`) is also written to the standard output as one JSON object a line.',
  ),
  SHIPMATE_AUDIT_DAYS: variable(
    is.whole(1, 3_650),
    '`90`',
    'How long events are kept, while there are not too many; for brokers.',
  ),
  SHIPMATE_DRAIN_SECONDS: variable(
    is.whole(0, 86_400),
    '`300`',
    'How long an edge that was told to stop keeps its joiners, so that their hosts can move first.',
  ),
  SHIPMATE_LOG_LEVEL: variable(
    is.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    '`info`',
    'The least that is logged: `debug`, `info`, `warn`, `error` or `silent`.',
  ),
  SHIPMATE_LOG_ADDRESSES: variable(
    is.oneOf('plain', 'hashed'),
    '`plain`',
    "Whether the log has clients' addresses as they are, or as short hashes: the same address has the same hash, in all processes with the same `SHIPMATE_SECRET`, and nobody without it can tell which address it is.",
  ),
  SHIPMATE_LOG_FORMAT: variable(
    is.oneOf('json', 'pretty'),
    '`json`; `pretty` on a terminal',
    'One JSON object a line, or lines for people. Logs go to the standard error output.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    is.words(),
    'empty: nothing is traced',
    "Where traces go, as [traces.md](traces.md) tells: the base URL of an OTLP collector over HTTP, `http://collector:4318`. This and those below are OpenTelemetry's own; they count where there is an endpoint.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable(
    is.words(),
    '`OTEL_EXPORTER_OTLP_ENDPOINT` and `/v1/traces`',
    'The whole URL instead.',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable(
    is.words(),
    '`http/protobuf`',
    'Or `http/json`; there is no gRPC. `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` goes before it.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: variable(is.words(), 'the one above', 'The same, for traces alone.'),
  OTEL_EXPORTER_OTLP_HEADERS: variable(
    is.secret(0),
    'empty',
    'What the collector wants to see: `name=value,other=value`, percent-encoded. A secret.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable(is.secret(0), 'the ones above', 'The same, for traces alone.'),
  OTEL_SERVICE_NAME: variable(
    is.words(),
    '`shipmate` with `serve`, else by the role: `shipmate-ssh-edge`',
    'The name that traces show for this process.',
  ),
  OTEL_RESOURCE_ATTRIBUTES: variable(
    is.words(),
    'empty',
    'What else is said of this process: `name=value,other=value`, percent-encoded.',
  ),
  OTEL_TRACES_SAMPLER: variable(
    is.words(),
    '`parentbased_always_on`',
    'Which traces are kept: `always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`, by which the process where a trace begins decides for all.',
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(is.words(), '`1`', 'The part of them that a `traceidratio` keeps, from 0 to 1.'),
  OTEL_TRACES_EXPORTER: variable(is.words(), '`otlp`', 'With `none`, nothing is traced.'),
  OTEL_SDK_DISABLED: variable(is.words(), '`false`', 'With `true`, nothing is traced.'),
});
