import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnv,
  freePort,
  Program,
  run,
  Shipmate,
  SshJoiner,
  Stage,
  SyntheticHost,
  tempDir,
  type TempDir,
  TmateHost,
  until,
} from '#testing';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...markdown('docs'), ...markdown('docs/runbooks')];

/** The provider that tests sign in at is their own. */
const OIDC = 'needs a provider; test/sign-in and libs/identity sign in at one of their own';

/** Blocks of commands that no test here runs, by their first line, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm start': 'installs and builds, which npm test has done; what it starts then is what every story starts',
  'tmate -f .shipmate/tmate.conf': 'needs a terminal: below, and in every story with a host',
  'SHIPMATE_BIND=0.0.0.0 SHIPMATE_SSH_HOST=share.example.org SHIPMATE_WEB_URL=https://share.example.org npm start':
    'tests listen on 127.0.0.1 alone; its variables are tried below',
  'SHIPMATE_PORT=443 \\':
    "listens on every address and calls Let's Encrypt; npm run check:acme does the same at an ACME server for tests",
  'npm run fuzz:fidelity -- --minutes 30 --seed 1000': 'half an hour; test/fidelity/fuzz runs it with little',
  'npm run simulate -- --seeds 1000 --from 1': 'minutes; test/simulation plays some seeds',
  'VT_ORACLE_CASES=2000 VT_ORACLE_SEED=7 npm test -- libs/screen/src/vt/oracle':
    'the same with fewer cases is in npm test',
  'npm test          # installs what it needs, runs every test': 'is what runs this',
  'npm start         # run it': 'as above; the others are what CI runs',
  'tmate                                   # opens a new shared terminal and prints how to join':
    'needs a terminal: test/hosting/host.spec.ts',
  'ssh -p2222 6xKmDbPv3nQzW8sYtRcJh2aFe@localhost': 'with a token of its own, below',
  'export OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318':
    'needs a collector; libs/platform has tests of what is sent',
  'docker compose up --build --wait': 'needs a Docker engine; test/deploy checks compose.yaml',
  'docker build --build-arg REVISION=$(git rev-parse HEAD) -t registry.example.org/shipmate:0.1.0 .':
    'needs a Docker engine; test/deploy runs each role from what the image holds',
  'helm upgrade --install shipmate helm/shipmate --namespace shipmate --create-namespace --wait \\':
    'needs a cluster; npm run check:deploy renders these values',
  'kubectl create namespace shipmate': 'needs a cluster',
  'kubectl create --dry-run=client -o json -f shipmate-secret.yaml |': 'needs a cluster',
  'helm upgrade --install shipmate helm/shipmate --namespace shipmate --values my-values.yaml --wait':
    'needs a cluster; npm run check:deploy renders such values',
  'shipmate host-keys keys': 'needs a cluster; test/deploy runs host-keys',
  'helm upgrade shipmate helm/shipmate --namespace shipmate --values my-values.yaml --set image.tag=0.2.0':
    'needs a cluster; npm run check:upgrade tries the upgrade of its processes',
  'npm run check:upgrade -- v0.1.0':
    "takes git's history and ten minutes; test/recorded reads what an older build wrote",
  'kubectl --namespace shipmate get secret shipmate -o yaml > shipmate-secret.yaml      # store it like a secret':
    'needs a cluster',
  'secret() { kubectl --namespace shipmate patch secret shipmate --type merge --patch "{\\"stringData\\":{$1}}"; }':
    'needs a cluster; test/hosting/restart.spec.ts changes the secret of a process',
  'ssh -o ProxyCommand="shipmate proxy wss://share.example.org/ssh" TOKEN@share.example.org':
    'needs a name and its certificate; test/joining/ssh-over-websocket.spec.ts does the same on loopback',
  'shipmate proxy --listen 2200 wss://share.example.org/ssh':
    'needs a name and its certificate; test/joining/ssh-over-websocket.spec.ts does the same on loopback',
  "shipmate events verify                                # checks the server's log":
    'needs a fleet with a log; test/broker/operator-commands.spec.ts does the same',
  'tmate run-shell "xdg-open \'#{tmate_host_page}\'"            # opens it in the browser of your machine; on macOS: open':
    "needs a desktop; test/browser/host-page.spec.ts opens the host's page",
  'export SHIPMATE_API_URL=https://share.example.org': 'needs a name; test/broker/invitations.spec.ts invites people',
  'curl -X PUT -H "Authorization: Bearer $SHIPMATE_ADMIN_TOKEN" -H \'Content-Type: application/json\' \\':
    'needs a name; test/broker/invitations.spec.ts stores a policy',
  'SHIPMATE_OIDC_ISSUER=https://keycloak.example.org/realms/corp': OIDC,
  'SHIPMATE_OIDC_ISSUER=https://accounts.google.com': OIDC,
  'SHIPMATE_OIDC_ISSUER=https://login.microsoftonline.com/TENANT-ID/v2.0': OIDC,
  'SHIPMATE_OIDC_ISSUER=https://dex.example.org': OIDC,
  'SHIPMATE_OIDC_PROVIDERS=corp,partner': OIDC,
  'SHIPMATE_JWT_ISSUERS=github-actions=https://token.actions.githubusercontent.com,gitlab=https://gitlab.com': OIDC,
  'SHIPMATE_GITHUB_CLIENT_ID=…': 'needs GitHub; libs/identity/src/providers/github-provider.spec.ts has its answers',
  'docker build -t shipmate:0.1.0 . && docker compose up --wait && docker compose ps':
    'says itself that it needs a Docker engine and a cluster',
};
const RUN = new Set([
  "tmate display -p '#{tmate_web}'       # a link for mates who may type",
  'tmate -S /tmp/share.sock new-session -d',
  'shipmate users add ada',
  'mkdir -p fleet',
]);

function markdown(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

const text = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The blocks of shell commands of a page. */
const blocks = (page: string): readonly string[] =>
  [...text(page).matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, block = '']) => block.trimStart());

/** The block that begins with a line. */
function block(page: string, start: string): string {
  const found = blocks(page).find((one) => one.startsWith(start));
  if (found === undefined) throw new Error(`${page} has no commands that begin with ${start}`);
  return found;
}

const stage = new Stage();
let shipmate: Shipmate;
let home: TempDir;
beforeAll(async () => {
  shipmate = await stage.add(Shipmate.start());
  home = tempDir('smh');
  stage.onClear(() => home.dispose());
});
afterAll(async () => await stage.clear());

const shell = async (script: string, env: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await run('sh', ['-ec', script], { cwd: home.path, env: cleanEnv(home.path, env), deadlineMs: 50_000 })).stdout;

describe('the commands in the docs', () => {
  it('are run by a test, each block of them, or it is said why not', () => {
    const firsts = PAGES.flatMap(blocks).map((one) => one.split('\n')[0] ?? '');
    const unknown = firsts.filter((first) => !RUN.has(first) && NOT_RUN[first] === undefined);
    expect(unknown).toEqual([]);
    // No reason without its commands.
    expect(Object.keys(NOT_RUN).filter((first) => !firsts.includes(first))).toEqual([]);
    const not = firsts.filter((first) => !RUN.has(first));
    console.log(`Commands in the docs: ${firsts.length - not.length} blocks run as they are, ${not.length} not:`);
    for (const first of not) console.log(`  ${first}: ${NOT_RUN[first]}`);
  });

  it('tell a host how it is joined, as the README says', async () => {
    const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf }));
    await host.waitReady();
    const lines = block('README.md', 'tmate display').trim().split('\n');
    const answers: string[] = [];
    for (const line of lines) answers.push((await shell(line.replace('tmate ', `tmate -S ${host.socket} `))).trim());
    const token = await host.token();
    expect(answers[0]).toBe(`http://127.0.0.1:${shipmate.httpPort}/t/${token}`);
    expect(answers[1]).toMatch(/\/t\/ro-[A-Za-z0-9]{25}$/);
    expect(answers[2]).toBe(`ssh -p${shipmate.sshPort} ${token}@127.0.0.1`);
    expect(answers[3]).toMatch(/^ssh -p\d+ ro-[A-Za-z0-9]{25}@127\.0\.0\.1$/);
    // What a mate types after that.
    const mate = await stage.add(SshJoiner.start({ port: shipmate.sshPort, user: token }));
    await mate.screen.toShow('$');
  });

  it('share a terminal from a script, as the page for hosts says', async () => {
    writeFileSync(home.file('.tmate.conf'), fileText(shipmate.tmateConf));
    const socket = home.file('share.sock');
    const script = block('docs/hosting.md', 'tmate -S /tmp/share.sock').replaceAll('/tmp/share.sock', socket);
    const printed = (await shell(script)).trim().split('\n');
    expect(printed).toHaveLength(5);
    expect(printed[0]).toMatch(/^ssh -p\d+ [A-Za-z0-9]{25}@127/);
    expect(printed[3]).toContain('/t/ro-');
    expect(printed[4]).toBe('0');
  });

  it('add users and keys, as the page of commands says', async () => {
    const main = join(ROOT, 'dist/apps/shipmate/src/main.js');
    const env = { SHIPMATE_HTTP_PORT: `${shipmate.httpPort}`, SHIPMATE_DATA_DIR: shipmate.dir.file('data') };
    const script = `shipmate() { "${process.execPath}" "${main}" "$@"; }\n${block('docs/commands.md', 'shipmate users')}\necho "$KEY"`;
    const printed = await shell(script, env);
    expect(printed).toMatch(/^ada is a user now/);
    expect(printed.trim().split('\n').at(-1)).toMatch(/^tmk-\w{26}$/);
  });

  it('call the API, as the page of the broker says', async () => {
    const [curls = ''] = /^curl [^]*?(?=^tmate)/m.exec(text('docs/broker.md')) ?? [];
    const script = curls
      .replaceAll('http://localhost:8080', `http://127.0.0.1:${shipmate.httpPort}`)
      .replaceAll('.shipmate/', `${shipmate.dir.file('data')}/`)
      .replaceAll('ada', 'curl-ada')
      .replaceAll('curl -H', 'curl -sS -H');
    const [user, key] = (await shell(script)).split('}').map((part) => part.trim());
    expect(user).toContain('"name":"curl-ada"');
    expect(key).toMatch(/"key":"tmk-/);
  });

  it('start three edges on one Redis, as the page about fleets says', async () => {
    const [ssh, http] = [await freePort(), await freePort()];
    const block3 = block('docs/fleet.md', 'mkdir -p fleet')
      .replaceAll('node dist/', `"${process.execPath}" ${join(ROOT, 'dist')}/`)
      .replaceAll('6390', `${await freePort()}`)
      .replaceAll('222$n', '$((SSH + n))')
      .replaceAll('808$n', '$((HTTP + n))');
    const script = `trap 'kill $(jobs -p); wait; exit' TERM\nSSH=${ssh} HTTP=${http}\n${block3}\nwait`;
    const env = cleanEnv(home.path, {});
    const fleet = new Program('bash', ['-ec', script], { cwd: home.path, env });
    stage.onClear(async () => void (await fleet.stop('SIGTERM', 20_000)));
    const isReady = async (n: number): Promise<boolean> => (await fetch(`http://127.0.0.1:${http + n}/readyz`)).ok;
    for (const n of [1, 2, 3]) {
      await until(async () => await isReady(n).catch(() => false), { what: `edge ${n}`, deadlineMs: 90_000 });
    }
    const serverConf = home.file('fleet/edge-1/tmate.conf');
    const host = await stage.add(TmateHost.start({ serverConf }));
    await host.waitReady();
    const mate = await stage.add(SshJoiner.start({ port: ssh + 3, user: await host.token() }));
    await mate.screen.toShow('$');
  }, 180_000);

  it('let others in, with the variables that the README names', async () => {
    const [line = ''] = block('README.md', 'SHIPMATE_BIND=').split('\n');
    const env = Object.fromEntries(
      [...line.matchAll(/(SHIPMATE_(?:SSH_HOST|WEB_URL))=(\S+)/g)].map(([, k, v]) => [k, v]),
    );
    const shared = await stage.add(
      Shipmate.start({ env: { ...env, SHIPMATE_HOST_KEYS_DIR: shipmate.dir.file('data/keys') } }),
    );
    const conf = fileText(shared.tmateConf);
    expect(conf).toMatch(/^set -g tmate-server-host "?share\.example\.org/m);
    const host = await stage.add(SyntheticHost.start({ port: shared.sshPort }));
    expect(host.env.get('tmate_web')).toMatch(/^https:\/\/share\.example\.org\/t\/\w{25}$/);
  });
});

describe('the links in the docs', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    for (const [, link = ''] of text(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(existsSync(join(ROOT, dirname(page), link)), link).toBe(true);
    }
  });
});

function fileText(file: string): string {
  return readFileSync(file, 'utf8');
}
