/**
 * The direction of imports, as docs/architecture.md draws it: apps -> platform -> libs, and among the libs from the
 * session down to the kernel, never back. A rule names, for one lib, all that it may import.
 */
/** What is not part of the product: tests and what they share, benches, recorders of test data. */
const besides = '\\.(spec|fixture)\\.ts$|^libs/[^/]+/(bench|fixtures|tools)/';
const lib = (name) => `^libs/${name}/`;
const may = (name, ...others) => ({
  name: `${name}-imports`,
  comment: `libs/${name} may import ${others.length > 0 ? others.join(', ') : 'no other lib'}.`,
  severity: 'error',
  from: { path: lib(name), pathNot: besides },
  to: { path: '^(libs|apps)/', pathNot: [lib(name), ...others.map(lib)].join('|') },
});
/** The rooms of libs/session: which other rooms one may import. What lies beside the rooms is for all of them. */
const room = (name, ...others) => ({
  name: `session-${name}-imports`,
  comment: `libs/session/src/${name} may import ${others.length > 0 ? others.join(', ') : 'no other room'}.`,
  severity: 'error',
  from: { path: `^libs/session/src/${name}/`, pathNot: besides },
  to: { path: '^libs/session/src/[^/]+/', pathNot: [name, ...others].map((other) => `^libs/session/src/${other}/`) },
});
const onlyIn = (name, packages, where) => ({
  name,
  comment: `${packages} belongs to ${where} alone.`,
  severity: 'error',
  from: { pathNot: where },
  to: { path: `node_modules/${packages}` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: { pathNot: '^test/simulation/' }, to: { circular: true } },
    {
      name: 'no-circular-code',
      comment: 'The parts of a simulated world know each other by their types alone.',
      severity: 'error',
      from: { path: '^test/simulation/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-app-from-libs',
      comment: 'No lib imports an app.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-app-from-apps',
      comment:
        'apps/shipmate composes the roles, and the main file of apps/web-edge takes what ssh over WebSockets and the pages of hosts need; no other app imports one. All of them stand on apps/nest.',
      severity: 'error',
      from: { path: '^apps/(?!shipmate/)([^/]+)/', pathNot: '^apps/web-edge/src/main\\.ts$' },
      to: { path: '^apps/', pathNot: '^apps/($1|nest)/' },
    },
    {
      name: 'one-entry-nest',
      comment: 'apps/nest, which the processes share, is entered by its index.ts alone.',
      severity: 'error',
      from: { pathNot: '^apps/nest/' },
      to: { path: '^apps/nest/', pathNot: '^apps/nest/src/index\\.ts$' },
    },
    {
      name: 'one-entry-a-lib',
      comment: 'A lib is entered by its index.ts alone.',
      severity: 'error',
      from: { path: '^(libs|apps|test)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/',
        pathNot: [
          '^libs/[^/]+/src/index\\.ts$',
          '^libs/(fleet/src/stage|fleet/src/fleet|identity/src/oidc-server|keys/src/fixtures|redis/src/simulated|redis/src/real-clock)\\.fixture\\.ts$',
          '^$1/$2/',
        ],
      },
    },
    may('kernel'),
    may('tmate-protocol', 'kernel'),
    may('tmux', 'tmate-protocol', 'kernel'),
    may('screen', 'tmux', 'tmate-protocol', 'kernel'),
    may('web-protocol', 'kernel'),
    may('look'),
    may('directory', 'kernel'),
    may('relay', 'kernel'),
    may('control', 'relay', 'directory', 'access', 'kernel'),
    may('identity', 'control', 'platform', 'access', 'kernel'),
    may('redis', 'identity', 'control', 'directory', 'relay', 'access', 'kernel'),
    may('address', 'kernel'),
    may('keys', 'address', 'kernel'),
    may('access', 'keys', 'address', 'kernel'),
    may('session', 'screen', 'tmux', 'tmate-protocol', 'directory', 'relay', 'access', 'keys', 'address', 'kernel'),
    room('model'),
    room('seat', 'model'),
    room('wire', 'model'),
    room('room', 'seat', 'wire', 'model'),
    room('home', 'room', 'seat', 'wire', 'model'),
    room('replica', 'room', 'seat', 'wire', 'model'),
    may('fleet', 'session', 'tmate-protocol', 'directory', 'relay', 'access', 'keys', 'address', 'kernel'),
    may('ssh', 'access', 'keys', 'address', 'kernel'),
    may('platform', 'address', 'kernel'),
    may('gate', 'ssh', 'address', 'kernel'),
    may('tls', 'control', 'kernel'),
    may(
      'edge',
      'identity',
      'control',
      'platform',
      'fleet',
      'session',
      'ssh',
      'redis',
      'directory',
      'relay',
      'access',
      'keys',
      'address',
      'kernel',
    ),
    {
      name: 'web-imports',
      comment: 'The browser client may import libs/web-protocol and libs/kernel, which are pure and small.',
      severity: 'error',
      from: { path: '^apps/web/', pathNot: besides },
      to: { path: '^(libs|apps)/', pathNot: '^(apps/web|libs/web-protocol|libs/kernel)/' },
    },
    {
      name: 'testing-in-tests-only',
      severity: 'error',
      from: { path: '^(libs/(?!testing/)|apps/)', pathNot: besides },
      to: { path: lib('testing') },
    },
    onlyIn('terminal-in-web', '@xterm/(xterm|addon-)', `^(apps/web|libs/testing)/|${besides}`),
    onlyIn('ssh2-in-ssh', 'ssh2/', `^(libs/(ssh|testing)/|test/)|${besides}`),
    onlyIn('openid-in-identity', '(openid-client|jose)/', `^libs/identity/|${besides}`),
    onlyIn('ioredis-in-redis', 'ioredis/', '^(libs/redis|test)/'),
    onlyIn('nest-in-apps', '@nestjs/', '^(apps|test)/'),
    onlyIn('prom-client-in-platform', 'prom-client/', '^libs/platform/'),
    onlyIn('opentelemetry-in-platform', '@opentelemetry/', '^(libs/platform|test)/'),
    onlyIn('zod-in-platform-policy-and-apps', 'zod/', '^(libs/platform/|libs/access/src/policy/operator-|apps/)'),
    onlyIn(
      'yaml-in-policy',
      'yaml/',
      '^(libs/access/src/policy/operator-policy|test|scripts|apps/shipmate/src/.*spec|libs/testing)',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/.cache)|vite\\.config' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['development', 'import', 'node', 'default', 'types'] },
  },
};
