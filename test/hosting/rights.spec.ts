import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  Chromium,
  cleanEnv,
  PageJoiner,
  PtyJoiner,
  run,
  Shipmate,
  sshArgs,
  Stage,
  SyntheticHost,
  tempDir,
  TmateHost,
  until,
} from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { pageUrl } from '../browser/browser.fixture.js';

// What a host asks for by `tmate-set`, with real clients.
const house = new Stage();
const stage = new Stage();
const home = tempDir('smr');
let shipmate: Shipmate;
let port: number;

beforeAll(async () => {
  shipmate = await house.add(Shipmate.start());
  port = shipmate.sshPort;
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  home.dispose();
});

/** A host without a terminal that asks for this. */
async function asking(...pairs: string[]): Promise<SyntheticHost> {
  const commands = pairs.map((pair) => ['set-option', '-g', 'tmate-set', pair]);
  return await stage.add(SyntheticHost.start({ port }, { commands }));
}

/** OpenSSH in a terminal, which may be asked things; without keys. */
async function terminal(user: string, ...options: readonly string[]): Promise<PtyJoiner> {
  const args = ['-o', 'BatchMode=no', '-o', 'PubkeyAuthentication=no', ...options];
  return await stage.add(new PtyJoiner({ port, user, args }));
}

/** The command about the last one who asked, as words of ssh: what a host copies from its status line. */
async function commandOf(notices: () => Promise<string> | string, verb: string): Promise<string> {
  let user = '';
  await until(
    async () => {
      const found = [...(await notices()).matchAll(new RegExp(`ssh -p\\d+ (${verb}-[\\w-]+)@`, 'g'))];
      return (user = found.at(-1)?.[1] ?? '') !== '';
    },
    { what: `the host to be shown how to ${verb}` },
  );
  return user;
}

async function ssh(user: string): Promise<{ stdout: string; stderr: string; status: number | null }> {
  return await run('ssh', sshArgs({ port, user, args: ['-tt'] }), { env: cleanEnv(home.path), mayFail: true });
}

describe('a password', () => {
  it('is asked for by ssh three times, and whoever knows it comes in, over the same connection without a question', async () => {
    const host = await asking('password=open sesame');
    host.output('inside');
    const token = await host.token();
    const shared = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${home.file('control')}`];
    const right = await terminal(token, ...shared);
    await right.screen.toShow('Password of this session');
    await right.type('wrong\r');
    await right.screen.toShow('Wrong password, 2 more tries.');
    await right.type('open sesame\r');
    await right.screen.toShow('inside');
    const another = await terminal(token, ...shared);
    await another.screen.toShow('inside');
    const wrong = await terminal(token);
    for (const said of ['Password of this session', '2 more tries', '1 more try']) {
      await wrong.screen.toShow(said);
      await wrong.type('wrong\r');
    }
    expect(await wrong.exited()).toMatchObject({ status: 255 });
    expect((await wrong.screen.text()).replaceAll('\n', '')).toContain('Wrong password, and no tries left.');
    expect(JSON.stringify(shipmate.log)).not.toContain('sesame');
  });
});

describe('a locked terminal', () => {
  it('shows nothing in ssh until the password is typed again, and sends nothing', async () => {
    const host = await asking('password=open sesame');
    host.output('inside');
    const mate = await terminal(await host.token());
    await mate.screen.toShow('Password of this session');
    await mate.type('open sesame\r');
    await mate.screen.toShow('inside');
    await mate.type('\u0002:lock-client\r');
    await mate.screen.toShow('Password of this session:');
    const before = host.keys.length;
    host.output('\r\nwritten meanwhile');
    await mate.type('wrong\r');
    await mate.screen.toShow('Wrong password, 2 more tries.');
    expect(await mate.screen.text()).not.toMatch(/inside|meanwhile|wrong/);
    await mate.type('open sesame\r');
    await mate.screen.toShow('written meanwhile');
    expect(await mate.screen.text()).toContain('inside');
    await mate.type('!');
    await until(() => host.keys.length > before, { what: 'a key to reach the host' });
    expect(host.keys.slice(before).map(({ key }) => key)).toEqual(['!'.charCodeAt(0)]);
    expect(JSON.stringify(shipmate.log)).not.toContain('sesame');
    expect(shipmate.log.flatMap(({ event, change }) => (event === 'seat-lock' ? [change] : []))).toEqual([
      'locked',
      'refused',
      'unlocked',
    ]);
  });

  it('is empty in a browser, and so is the page around it', async () => {
    const chromium = await stage.add(Chromium.start());
    const host = await asking('password=open sesame');
    host.output('\u001b]2;a secret title\u0007inside');
    const page = await stage.add(PageJoiner.open(await chromium.page(), pageUrl(shipmate, await host.token())));
    const look = async <T>(expression: string): Promise<T | undefined> => await page.driver.evaluate<T>(expression);
    const give = async (password: string): Promise<void> =>
      await page.driver.evaluate(
        `document.getElementById('password').value = ${JSON.stringify(password)};
         document.getElementById('password-form').requestSubmit();`,
      );
    const toSay = async (id: string, text: string): Promise<unknown> =>
      await until(async () => (await look<string>(`document.getElementById('${id}').textContent`))?.includes(text), {
        what: `the page to say: ${text}`,
        everyMs: 50,
      });
    await toSay('outcome-title', 'This session has a password');
    await give('open sesame');
    await page.screen.toShow('inside');
    // The screen is copied into the page, and looked through.
    await look(`document.getElementById('text-open').click()`);
    expect(await look(`document.documentElement.innerHTML.includes('inside')`)).toBe(true);
    await look(`document.getElementById('lock').click()`);
    await toSay('outcome-title', 'Locked');
    await page.screen.toShow('This terminal is locked');
    host.output('written meanwhile');
    expect(await look(`getComputedStyle(document.getElementById('stage')).visibility`)).toBe('hidden');
    expect(await look(`/inside|secret|meanwhile/.test(document.documentElement.innerHTML + document.title)`)).toBe(
      false,
    );
    expect(await page.screen.text()).not.toMatch(/inside|meanwhile/);
    await give('wrong');
    await toSay('outcome-text', 'Wrong password, 2 tries left');
    await give('open sesame');
    await page.screen.toShow('written meanwhile');
    expect(await look(`getComputedStyle(document.getElementById('stage')).visibility`)).toBe('visible');
  });
});

describe('approve', () => {
  it('lets the host of a stock tmate decide on each joiner, by the command that it reads', async () => {
    const conf = 'set -g tmate-set "approve=true"\nset -g tmate-set "idle-timeout=1h"';
    const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf, mode: 'attached' }));
    await host.waitReady({ keepMessages: true });
    const messages = async (): Promise<string> => await host.messages();
    expect(await messages()).toContain('tmate-set idle-timeout: the session ends after 1 hour without input or output');
    const token = await host.token();
    const first = await terminal(token);
    await first.screen.toShow('Waiting for the host to let you in');
    const approve = await commandOf(messages, 'approve');
    const said = await ssh(approve);
    expect([said.stdout.trim(), said.status]).toEqual(['They were let in.', 0]);
    await first.screen.toShow('was let in');
    expect((await ssh(approve)).status).toBe(1);
    const second = await terminal(token);
    await second.screen.toShow('Waiting for the host to let you in');
    let refuse = '';
    await until(async () => (refuse = await commandOf(messages, 'refuse')) !== approve.replace('approve', 'refuse'), {
      what: 'the second to be told of',
    });
    await ssh(refuse);
    expect(await second.exited()).toMatchObject({ status: 1 });
    expect(await second.screen.text()).toContain('The host did not let you in');
  });
});

describe('in a browser', () => {
  it('a page asks for the password, waits for the host, and is in by an operator’s word', async () => {
    const chromium = await stage.add(Chromium.start());
    const host = await asking('password=open sesame', 'approve=true');
    host.output('inside');
    const page = await stage.add(PageJoiner.open(await chromium.page(), pageUrl(shipmate, await host.token())));
    const read = async (id: string): Promise<string> =>
      (await page.driver.evaluate<string>(`document.getElementById('${id}').textContent`)) ?? '';
    const give = async (password: string): Promise<void> =>
      await page.driver.evaluate(
        `document.getElementById('password').value = ${JSON.stringify(password)};
         document.getElementById('password-form').requestSubmit();`,
      );
    const toSay = async (id: string, text: string): Promise<unknown> =>
      await until(async () => (await read(id)).includes(text), { what: `the page to say: ${text}`, everyMs: 50 });
    await toSay('outcome-title', 'This session has a password');
    await give('wrong');
    await toSay('outcome-text', 'Wrong password, 2 tries left');
    await give('open sesame');
    await toSay('outcome-title', 'Waiting for the host');
    const api = Api.of(shipmate);
    const found = await api.list('/events?type=session-opened&limit=1');
    const at = `/sessions/${String(found[0]?.['session'])}/waiting`;
    const [waiting] = await api.list(at);
    expect(waiting).toMatchObject({ transport: 'web', address: '127.0.0.1', role: 'writer' });
    expect((await api.call('POST', `${at}/${String(waiting?.['id'])}/approve`)).status).toBe(204);
    await page.screen.toShow('inside');
    expect(host.notices.at(-1)).toMatch(/joined|was let in/);
  });

  it('a page whose prompt was open meanwhile is held to what the host wants now', async () => {
    const chromium = await stage.add(Chromium.start());
    const host = await asking('password=open sesame');
    host.output('inside');
    const page = await stage.add(PageJoiner.open(await chromium.page(), pageUrl(shipmate, await host.token())));
    const toSay = async (id: string, text: string): Promise<unknown> => {
      const read = async (): Promise<string> =>
        (await page.driver.evaluate<string>(`document.getElementById('${id}').textContent`)) ?? '';
      return await until(async () => (await read()).includes(text), { what: `the page to say: ${text}`, everyMs: 50 });
    };
    const give = async (password: string): Promise<void> =>
      await page.driver.evaluate(
        `document.getElementById('password').value = ${JSON.stringify(password)};
         document.getElementById('password-form').requestSubmit();`,
      );
    const wants = async (pair: string, told: RegExp): Promise<void> => {
      host.send([12, 'set-option', '-g', 'tmate-set', pair]);
      await until(() => host.notices.some((notice) => told.test(notice)), { what: `the host to be told of ${pair}` });
    };
    await toSay('outcome-title', 'This session has a password');
    const told = host.notices.filter((notice) => notice.includes('password')).length;
    host.send([12, 'set-option', '-g', 'tmate-set', 'password=close sesame']);
    await until(() => host.notices.filter((notice) => notice.includes('password')).length > told, {
      what: 'the host to be told of its new password',
    });
    await give('open sesame');
    await toSay('outcome-text', 'Wrong password, 2 tries left');
    await wants('web=off', /web/);
    await give('close sesame');
    await toSay('outcome-title', 'Join with ssh');
    expect(await page.screen.text()).not.toContain('inside');
  });

  it('a page says that the host wants nobody by a browser', async () => {
    const host = await asking('web=off');
    const { status, text } = await shipmate.get(`/t/${await host.token()}`);
    expect(status).toBe(403);
    expect(text).toContain('does not allow browsers');
  });
});
