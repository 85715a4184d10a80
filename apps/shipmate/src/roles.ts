/** What a process of Shipmate can be, besides an operator's command. */
export interface Role {
  /** The arguments that it takes, for the usage. */
  readonly args: readonly string[];
  readonly summary: string;
  /** Loads what it needs when it is asked for. */
  run(args: readonly string[]): Promise<unknown>;
}

/** By name, in the order of the usage. */
export const ROLES: Readonly<Record<string, Role>> = {
  serve: {
    args: [],
    summary: 'Run every role in one process',
    async run(args) {
      if (args.length > 0) return await inMain('serve', args, async () => undefined);
      const [{ runMain }, { serve }] = await Promise.all([import('#platform'), import('./serve.js')]);
      await runMain(serve);
    },
  },
  'ssh-edge': {
    args: [],
    summary: 'Run an edge for hosts and joiners over SSH',
    run: async (args) => await ownMain('ssh-edge', args, async () => await import('../../ssh-edge/src/main.js')),
  },
  'web-edge': {
    args: [],
    summary: 'Run an edge for joiners in browsers',
    run: async (args) => await ownMain('web-edge', args, async () => await import('../../web-edge/src/main.js')),
  },
  broker: {
    args: [],
    summary: 'Run a broker: users, names and the API of a fleet',
    run: async (args) => await ownMain('broker', args, async () => await import('../../broker/src/main.js')),
  },
  proxy: {
    args: ['URL'],
    summary: 'Carry ssh over a WebSocket, where only the web gets through: see shipmate proxy --help',
    // Without `runMain` too: ssh waits for it.
    async run(args) {
      const { proxy } = await import('./proxy/proxy.js');
      const status = await proxy(args, process);
      // What ssh gave as our input stays open until ssh ends.
      process.stdout.write('', () => process.exit(status));
    },
  },
  ready: {
    args: [],
    summary: "Exit with 0 if this machine's server is ready: for health checks",
    // Without `runMain`: the platform's modules take ten times as long to load as this takes.
    async run(args) {
      if (asksForHelp(args)) return sayHelp('ready');
      const { tellReady } = await import('./ready.js');
      process.exitCode = await tellReady(process.env, process.stderr);
    },
  },
  'host-keys': {
    args: ['DIRECTORY'],
    summary: 'Create missing host keys in a directory, and print their fingerprints',
    run: async (args) =>
      await inMain('host-keys', args, async () => {
        const { hostKeys } = await import('./host-keys.js');
        process.stdout.write(await hostKeys(args[0] ?? ''));
      }),
  },
  'kubernetes-secret': {
    args: ['NAME'],
    summary: "Create host keys and secrets once, and store them in a Secret in this pod's namespace",
    run: async (args) =>
      await inMain('kubernetes-secret', args, async () => {
        const { keepSecret, thisPodsApi } = await import('./kubernetes-secret.js');
        process.stdout.write(await keepSecret(thisPodsApi(process.env), args[0] ?? ''));
      }),
  },
};

const asksForHelp = ([first]: readonly string[]): boolean => first === '--help' || first === '-h';

const usageOf = (name: string): string => ['usage: shipmate', name, ...(ROLES[name]?.args ?? [])].join(' ');

function sayHelp(name: string): void {
  const { summary = '' } = ROLES[name] ?? {};
  process.stdout.write(`${usageOf(name)}\n\n${summary}.\n\nFor all settings, see docs/configuration.md.\n`);
}

/** Runs `main` as a process's main function, if there are as many arguments as the role takes. */
async function inMain(name: string, args: readonly string[], main: () => Promise<unknown>): Promise<void> {
  if (asksForHelp(args)) return sayHelp(name);
  const [{ runMain }, { ShipmateError }] = await Promise.all([import('#platform'), import('#kernel')]);
  await runMain(async () => {
    const takes = ROLES[name]?.args ?? [];
    if (args.length !== takes.length) {
      throw new ShipmateError('config', `${usageOf(name)}\nFor all settings, see docs/configuration.md.`);
    }
    await main();
  });
}

/** Loads a module that is a main function itself, and takes no arguments. */
async function ownMain(name: string, args: readonly string[], load: () => Promise<unknown>): Promise<void> {
  await (args.length === 0 ? load() : inMain(name, args, load));
}
