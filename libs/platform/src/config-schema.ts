import { z } from 'zod';
import * as is from './config-values.js';

const DAY_MS = 24 * 3_600_000;

/** One variable: how its text is read, what it means, and its default (for the docs). */
function variable<T extends z.ZodType>(type: T, shownDefault: string, meaning: string): z.ZodOptional<T> {
  return type.optional().meta({ description: meaning, shownDefault });
}

/** Every variable that Shipmate reads, in the order of the docs. Texts are Markdown. */
export const VARIABLES = z.object({
  SHIPMATE_BIND: variable(
    is.hostname(),
    '`127.0.0.1`; `0.0.0.0` with `SHIPMATE_ACME`',
    'The address that every port listens on. `0.0.0.0` or `::` admits other machines.',
  ),
  SHIPMATE_PORT: variable(
    is.port(),
    'empty: a port for SSH, and one for the web',
    'One port for everything, such as 443: SSH, HTTPS and plain HTTP are told apart by the first bytes that a client sends. `SHIPMATE_SSH_PORT` and `SHIPMATE_HTTP_PORT` are then open too if they are set.',
  ),
  SHIPMATE_SSH_PORT: variable(is.port(), '`SHIPMATE_PORT`, else `2222`', 'The port for hosts and joiners over SSH.'),
  SHIPMATE_HTTP_PORT: variable(
    is.port(),
    '`SHIPMATE_PORT`, else `8080`',
    'The port for web pages, the API, health and metrics. With a certificate, it takes HTTPS; plain HTTP is redirected there, except for health and metrics.',
  ),
  SHIPMATE_TLS_CERT: variable(
    is.path(),
    'empty: no TLS, unless a proxy does it',
    'A file with the certificate and its chain (PEM), the certificate first. With `SHIPMATE_TLS_KEY`, the web speaks HTTPS itself. Both files are read again when they change; if the new ones are wrong, the old certificate stays and the log says why (`certificate-refused`).',
  ),
  SHIPMATE_TLS_KEY: variable(is.path(), 'empty', "A file with the certificate's private key (PEM, not encrypted)."),
  SHIPMATE_ACME: variable(
    is.flag(),
    '`false`',
    "Get a certificate from an ACME server such as Let's Encrypt, and renew it. This accepts the server's terms of service. Port 443 of the names must lead to this server's HTTPS, or port 80 to its HTTP.",
  ),
  SHIPMATE_ACME_NAMES: variable(
    is.names(),
    'the name in `SHIPMATE_WEB_URL`, and `SHIPMATE_SSH_HOST`',
    'The names to certify, separated by commas. With it, the first one is the default for `SHIPMATE_SSH_HOST` and `SHIPMATE_WEB_URL`.',
  ),
  SHIPMATE_ACME_EMAIL: variable(is.words(), 'empty: none', 'An email address where the ACME server can reach you.'),
  SHIPMATE_ACME_DIRECTORY: variable(
    is.url('https:', 'http:'),
    "Let's Encrypt's",
    "The ACME server's directory. If its own certificate is from a private authority, give that authority's certificate to Node with `NODE_EXTRA_CA_CERTS`.",
  ),
  SHIPMATE_ACME_EAB_KEY_ID: variable(
    is.words(),
    'empty',
    "The key ID of an account that you have with the ACME server's operator (External Account Binding), if it asks for one.",
  ),
  SHIPMATE_ACME_EAB_HMAC_KEY: variable(is.base64url(16), 'empty', "That account's HMAC key, in base64url."),
  SHIPMATE_SSH_HOST: variable(
    is.hostname(),
    'the first of `SHIPMATE_ACME_NAMES`, else `localhost`, or an IPv6 address in `SHIPMATE_BIND`',
    'The public name of the SSH port, which users see in commands.',
  ),
  SHIPMATE_SSH_PUBLIC_PORT: variable(
    is.port(),
    'the SSH port',
    'The public SSH port that users see, if a load balancer or a port mapping changes it.',
  ),
  SHIPMATE_WEB_URL: variable(
    is.url('http:', 'https:'),
    '`http://localhost:8080`, with the HTTP port; `https` with a certificate',
    'The base of the web links that users see.',
  ),
  SHIPMATE_REGION: variable(is.word(), '`local`', 'The region of this edge, such as `nyc1`.'),
  SHIPMATE_REDIS_URL: variable(
    is.redisUrl(),
    'empty: one process, nothing shared',
    'The Redis that the processes of a fleet share: `redis://`, `rediss://` or `redis+sentinel://`. See [redis.md](redis.md).',
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
    "Where edges find the brokers' internal port: one URL, or several separated by commas; the edge uses the first one that answers. Without it, an edge of a fleet can give only open names.",
  ),
  SHIPMATE_BROKER_PORT: variable(
    is.port(),
    '`8079`; with `serve`, no port: its edges do not need one',
    "A broker's internal port, only for the edges of its fleet: do not expose it to the public. Calls to it are signed with `SHIPMATE_SECRET`.",
  ),
  SHIPMATE_API_URL: variable(
    is.url('http:', 'https:'),
    'the HTTP port of this machine',
    "Where the operators' commands (`shipmate sessions` and so on) find the broker's API: the part of its address before `/v1`. They send it `SHIPMATE_ADMIN_TOKEN`, or `admin-token` in the data directory.",
  ),
  SHIPMATE_OPEN_NAMES: variable(
    is.userName(),
    'empty: a name needs an API key',
    'Lets hosts without an API key have names under this user: with `team`, people join `tmate -n site` as `team/site`. Anyone who may host can then take any free name there.',
  ),
  SHIPMATE_SECRET: variable(
    is.secret(16),
    'created once and stored in the data directory',
    'Signs the data that lets a host reconnect under its old tokens, and calls between processes. The same on every process of a fleet; at least 16 characters.',
  ),
  SHIPMATE_ACCEPTED_SECRETS: variable(
    is.secrets(16),
    'empty',
    'Further secrets, separated by commas, that are accepted but not used to sign: the next or the previous `SHIPMATE_SECRET`, while you change it.',
  ),
  SHIPMATE_DATA_DIR: variable(
    is.path(),
    '`.shipmate`',
    'Stores what the first start creates: host keys, secrets, `tmate.conf`. If you keep it, hosts keep their tokens when the server restarts.',
  ),
  SHIPMATE_HOST_KEYS_DIR: variable(
    is.path(),
    '`keys` in the data directory',
    "The SSH server's keys, `ssh_host_ed25519_key`, `ssh_host_ecdsa_key` (nistp256) and `ssh_host_rsa_key`, in OpenSSH's format or PEM. The ECDSA key is optional.",
  ),
  SHIPMATE_LOGIN_GRACE_SECONDS: variable(
    is.whole(5, 600),
    '`20`',
    "How long an SSH connection may take from its first byte to its session, like sshd's `LoginGraceTime`. Prompts have their own limit of 60 s.",
  ),
  SHIPMATE_SOURCE_PENALTIES: variable(
    is.flag(),
    '`true`',
    'Whether an address must wait if its SSH connections fail again and again ([limits.md](limits.md)). Loopback and private addresses never wait.',
  ),
  SHIPMATE_PROXY_PROTOCOL: variable(
    is.oneOf('off', 'optional', 'required'),
    '`off`',
    "Whether connections to the SSH port, or to `SHIPMATE_PORT`, begin with a PROXY header (v1 or v2) with the client's address. If it is `required`, health checks need a port of their own: set `SHIPMATE_HTTP_PORT`.",
  ),
  SHIPMATE_TRUSTED_PROXIES: variable(
    is.cidrs(),
    'empty: nobody',
    "Your proxies' addresses and CIDRs, separated by commas: their PROXY headers and `X-Forwarded-For` are trusted. From all others they are ignored, and the log names the peer (`proxy-not-trusted`).",
  ),
  SHIPMATE_FORWARDED_HEADER: variable(
    is.oneOf('x-forwarded-for', 'forwarded'),
    '`x-forwarded-for`',
    "The header with which trusted proxies pass on a client's address to the web edge and the API; `forwarded` is the one of RFC 7239. The other header is ignored, because the client may have set it.",
  ),
  SHIPMATE_ALLOW_FROM: variable(
    is.someCidrs(),
    'empty: everybody',
    'The addresses and CIDRs, separated by commas, that may connect to SSH edges, web edges and the API. Health checks and metrics are not affected.',
  ),
  SHIPMATE_DENY_FROM: variable(
    is.someCidrs(),
    'empty: nobody',
    'The addresses and CIDRs, separated by commas, that may not connect. An address in both lists may not.',
  ),
  SHIPMATE_LIMITS: variable(
    is.limits(),
    'those of [limits.md](limits.md)',
    'Limits against abuse, such as `hosts-per-address=50,bytes-in-all=10T/1d,joiners-per-key=off`: [limits.md](limits.md) has all of them. The same on every process of a fleet.',
  ),
  SHIPMATE_MEMORY_HIGH: variable(
    is.bytes(),
    "70 % of the container's memory, or of the machine's",
    'With more resident memory than this, in bytes (`800M`, `2G`), an edge takes no new hosts. They are asked to try again, and a load balancer sends them to another edge. Hosts and joiners may use half of it, as [limits.md](limits.md) explains.',
  ),
  SHIPMATE_ADMIN_TOKEN: variable(
    is.bearerToken(16),
    'created once and stored in the data directory',
    "The broker API's first bearer token; at least 16 characters.",
  ),
  SHIPMATE_REQUIRE_AUTHORIZED_KEYS: variable(
    is.flag(),
    '`false`',
    'Refuse hosts without authorized keys (`tmate -a FILE`), so that a token alone is never enough to join.',
  ),
  SHIPMATE_SIGN_IN: variable(
    is.oneOf('optional', 'joiners', 'everyone'),
    '`optional`',
    'Who must sign in ([identity.md](identity.md)): nobody has to, but sessions may require it (`optional`); everyone who joins (`joiners`); hosts too (`everyone`). The same on every process of a fleet.',
  ),
  SHIPMATE_SIGN_IN_FOR: variable(
    is.duration(60_000, 30 * DAY_MS),
    '`12h`',
    'How long a sign-in is valid: a number and `m`, `h` or `d`, up to `30d`. Then people sign in again.',
  ),
  SHIPMATE_REMEMBER_KEYS: variable(
    is.durationOrOff(60_000, 365 * DAY_MS),
    '`off`',
    'For how long people who sign in over SSH may let the server remember their SSH key, such as `30d`. With a remembered key, the next join asks nothing. `off`: never.',
  ),
  SHIPMATE_OIDC_PROVIDERS: variable(
    is.wordList(),
    'empty: one provider, called `oidc`, if there is an issuer',
    'The names of several OpenID Connect providers, separated by commas, such as `corp,partner`. Each then has the variables below with its name in them, in upper case and with `_` for `-`: `SHIPMATE_OIDC_CORP_ISSUER`, `SHIPMATE_OIDC_CORP_CLIENT_ID` and so on.',
  ),
  SHIPMATE_OIDC_ISSUER: variable(
    is.issuer(),
    'empty: nobody signs in',
    'The issuer of an OpenID Connect provider, exactly as it names itself. Plain `http` only on this machine.',
  ),
  SHIPMATE_OIDC_CLIENT_ID: variable(is.words(), 'empty', "This server's client ID at the provider."),
  SHIPMATE_OIDC_CLIENT_SECRET: variable(is.secret(1), 'empty', "The client's secret at the provider."),
  SHIPMATE_OIDC_SCOPES: variable(
    is.scopes(),
    '`openid email profile`',
    'What to ask the provider for, separated by spaces.',
  ),
  SHIPMATE_OIDC_NAME_CLAIM: variable(
    is.claim(),
    '`email`',
    'The claim with the name that people see and that lists of people use. An `email` counts only if the provider has verified it.',
  ),
  SHIPMATE_OIDC_GROUPS_CLAIM: variable(is.claim(), '`groups`', "The claim with the names of a person's groups."),
  SHIPMATE_JWT_ISSUERS: variable(
    is.issuers(),
    'empty: machines have no identity',
    'Whose tokens (JWT) machines may exchange for an identity, each with a name: `github-actions=https://token.actions.githubusercontent.com,gitlab=https://gitlab.com`.',
  ),
  SHIPMATE_JWT_AUDIENCE: variable(is.words(), '`SHIPMATE_WEB_URL`', 'The audience that these tokens must be made for.'),
  SHIPMATE_JWT_RULES: variable(
    is.words(),
    'empty: no machine',
    'Which machines, separated by commas: the name of an issuer, and the claims that a token must have, such as `github-actions repository=acme/site ref=refs/heads/*`. One rule has to match; `*` stands for any characters except a slash.',
  ),
  SHIPMATE_GITHUB_CLIENT_ID: variable(
    is.words(),
    'empty: no sign-in with GitHub',
    'The client ID of an OAuth app at GitHub. People then sign in with the provider `github`.',
  ),
  SHIPMATE_GITHUB_CLIENT_SECRET: variable(is.secret(1), 'empty', "The OAuth app's secret."),
  SHIPMATE_GITHUB_SCOPES: variable(
    is.scopes(),
    '`read:org`',
    "What to ask GitHub for, separated by spaces. With `read:org`, a person's organizations and teams are their groups: `acme`, `acme/sre`.",
  ),
  SHIPMATE_GITHUB_URL: variable(
    is.issuer(),
    '`https://github.com`',
    'Another GitHub, such as GitHub Enterprise Server: `https://github.example.org`.',
  ),
  SHIPMATE_GITHUB_API_URL: variable(
    is.issuer(),
    '`https://api.github.com`',
    'The API of that GitHub. With another `SHIPMATE_GITHUB_URL`, it is that URL and `/api/v3`.',
  ),
  SHIPMATE_KEY_FORGES: variable(
    is.forges(),
    '`github=https://github.com,gitlab=https://gitlab.com,codeberg=https://codeberg.org`',
    "Where to fetch people's keys for lines such as `github:NAME`, from `ADDRESS/NAME.keys`. `none`: nowhere.",
  ),
  SHIPMATE_HOST_AUTHORIZED_KEYS: variable(
    is.path(),
    'empty: anybody may host',
    'A file in OpenSSH\'s `authorized_keys` format: only these keys may host, and certificates from the CAs that it names with `cert-authority,principals="NAME,…"`. Read at start.',
  ),
  SHIPMATE_POLICY_FILE: variable(
    is.path(),
    'empty: what the API has stored, if anything',
    'A file (YAML or JSON) that says who may host and join, and what every session must have: [policy.md](policy.md). It is read again when it changes; if the new one is wrong, the old one stays and the log says why (`policy-refused`). Give it to every process of a fleet, or to none.',
  ),
  SHIPMATE_HOST_GRACE_SECONDS: variable(
    is.whole(10, 604_800),
    '`600`',
    'How long a session waits for a disconnected host before it closes. Use the same value on every process of a fleet.',
  ),
  SHIPMATE_WEBHOOK_URL: variable(
    is.urls('http:', 'https:'),
    'empty',
    'Where to send the events of every session ([webhooks.md](webhooks.md)): one URL, or several separated by commas. Use the same value on every process of a fleet. Whoever receives the events can join the sessions.',
  ),
  SHIPMATE_SLACK_WEBHOOK_URL: variable(
    is.urls('http:', 'https:'),
    'empty',
    "Slack's incoming webhooks that get a message with a button when somebody waits to be let in ([webhooks.md](webhooks.md#requests-to-join)): one URL, or several separated by commas. Use the same value on every process of a fleet. Whoever reads the channel can let people in.",
  ),
  SHIPMATE_WEBHOOK_TOKEN: variable(
    is.secret(8),
    'empty',
    'Sent with every request to these URLs as `Authorization: Bearer`; for brokers. At least 8 characters.',
  ),
  SHIPMATE_WEBHOOK_SECRET: variable(
    is.secret(16),
    'empty: not signed',
    'Signs every request to these URLs (HMAC-SHA256, as Standard Webhooks defines it); for brokers. After `whsec_`, it is read as base64. At least 16 characters.',
  ),
  SHIPMATE_WEBHOOK_ALLOW: variable(
    is.hostnames(),
    'empty: public addresses only',
    "Hosts with private addresses that sessions' webhooks and redirects may go to; for brokers.",
  ),
  SHIPMATE_SESSION_WEBHOOKS: variable(
    is.flag(),
    '`true`',
    'Whether a host may set a webhook for its own session (`set -g tmate-webhook-url`).',
  ),
  SHIPMATE_AUDIT_LOG: variable(
    is.oneOf('off', 'stdout'),
    '`off`',
    'With `stdout`, every event (`GET /v1/events`) is also written to standard output as one JSON object per line.',
  ),
  SHIPMATE_AUDIT_DAYS: variable(
    is.whole(1, 3_650),
    '`90`',
    'How long events are kept, unless there are too many; for brokers.',
  ),
  SHIPMATE_DRAIN_SECONDS: variable(
    is.whole(0, 86_400),
    '`300`',
    'How long a stopping edge keeps its joiners, so that their hosts can move first.',
  ),
  SHIPMATE_LOG_LEVEL: variable(
    is.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    '`info`',
    'The lowest level that is logged: `debug`, `info`, `warn`, `error` or `silent`.',
  ),
  SHIPMATE_LOG_ADDRESSES: variable(
    is.oneOf('plain', 'hashed'),
    '`plain`',
    "Whether the log has clients' addresses in plain text or as short hashes. An address has the same hash in all processes with the same `SHIPMATE_SECRET`; without the secret, nobody can find the address.",
  ),
  SHIPMATE_LOG_FORMAT: variable(
    is.oneOf('json', 'pretty'),
    '`json`; `pretty` on a terminal',
    'One JSON object per line, or lines for people. Logs go to standard error.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    is.words(),
    'empty: nothing is traced',
    "Where to send traces ([traces.md](traces.md)): the base URL of an OTLP collector over HTTP, `http://collector:4318`. This and the variables below are OpenTelemetry's own, and have an effect only with an endpoint.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable(
    is.words(),
    '`OTEL_EXPORTER_OTLP_ENDPOINT` and `/v1/traces`',
    'The full URL instead.',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable(
    is.words(),
    '`http/protobuf`',
    'Or `http/json`; there is no gRPC. `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` overrides it.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: variable(is.words(), 'the one above', 'The same, for traces alone.'),
  OTEL_EXPORTER_OTLP_HEADERS: variable(
    is.secret(0),
    'empty',
    'Headers for the collector: `name=value,other=value`, percent-encoded. A secret.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable(
    is.secret(0),
    'empty',
    'Further headers, for traces alone; they override the ones above.',
  ),
  OTEL_SERVICE_NAME: variable(
    is.words(),
    '`shipmate` with `serve`, else by the role: `shipmate-ssh-edge`',
    'The name that traces show for this process.',
  ),
  OTEL_RESOURCE_ATTRIBUTES: variable(
    is.words(),
    'empty',
    'Further attributes of this process: `name=value,other=value`, percent-encoded.',
  ),
  OTEL_TRACES_SAMPLER: variable(
    is.words(),
    '`parentbased_always_on`',
    'Which traces are kept: `always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`: then the process where a trace begins decides.',
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(is.words(), '`1`', 'The share of traces that a `traceidratio` keeps, from 0 to 1.'),
  OTEL_TRACES_EXPORTER: variable(is.words(), '`otlp`', 'With `none`, nothing is traced.'),
  OTEL_SDK_DISABLED: variable(is.words(), '`false`', 'With `true`, nothing is traced.'),
});
