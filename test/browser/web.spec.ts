import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyJoiner, Shipmate, Stage, until, WebJoiner, type WebJoinerOptions } from '#testing';
import { share, type Share } from '../share.fixture.js';

// One server and one stock host for all of it; each test's joiners leave at its end.
const house = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let shared: Share;

beforeAll(async () => {
  shipmate = await house.add(Shipmate.start());
  shared = await share(house, shipmate, { mode: 'attached', size: { cols: 100, rows: 30 } });
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

const web = async (options: Partial<WebJoinerOptions> = {}): Promise<WebJoiner> =>
  await stage.add(WebJoiner.start({ port: shipmate.httpPort, token: shared.token, ...options }));

let words = 0;
/** A word that nobody typed before. */
const word = (): string => `word${++words}w`;

/** Clears the host's screen and waits until nothing of it is left. */
async function cleared(joiner: WebJoiner): Promise<void> {
  const mark = word();
  await shared.host.typeLine(`clear; echo ${mark}`);
  await joiner.screen.toBe((text) => text.trimStart().startsWith(mark), 'a clear screen');
}

describe('a page', () => {
  it('shows the same as ssh joiners, and types as they do', async () => {
    const page = await web();
    const mate = await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: shared.token }));
    await mate.screen.toShow('$');
    expect(page.welcome).toMatchObject({ role: 'writer', resumed: false, taken: 0 });
    const [mine, theirs] = [word(), word()];
    await page.type(`echo ${mine}\r`);
    await mate.screen.toShow(new RegExp(`^${mine}$`, 'm'));
    await page.screen.toShow(new RegExp(`^${mine}$`, 'm'));
    await mate.type(`echo ${theirs}\r`);
    await page.screen.toShow(new RegExp(`^${theirs}$`, 'm'));
    await page.toHaveTyped();
    expect(page.state).toMatchObject({ phase: 'live' });
    await page.toHave(({ people }) => people?.count === 2, 'both of them');
    expect(page.people).toMatchObject({
      self: 0,
      listed: [
        { role: 'writer', transport: 'web' },
        { role: 'writer', transport: 'ssh' },
      ],
    });
  });

  it('has every key binding, a lone Escape and a paste of 100 KB', async () => {
    const page = await web();
    await page.type('\u0002%');
    await page.screen.toShow('│');
    await page.type('\u0002z');
    await page.screen.toShow(/\*Z/);
    await page.type('\u0002x');
    await page.screen.toShow(/kill-pane .*\(y\/n\)/);
    await page.type('y');
    await page.screen.toNotShow('│');
    await page.type('stty -echo; echo ready; wc -c; stty echo\r');
    await page.screen.toShow(/^ready$/m);
    const paste = `${'p'.repeat(99)}\r`.repeat(1000);
    await page.type(`\u001b[200~${paste}\u001b[201~`);
    await page.type('\u0004');
    await page.screen.toShow(/^100000$/m);
  });

  it('takes the size of the window and limits nobody, or claims its own', async () => {
    const page = await web({ cols: 40, rows: 10 });
    await page.toHave(({ size }) => size?.cols === 100 && size.rows === 30, 'the size of the window');
    expect(await shared.host.display('#{window_width}x#{window_height}')).toBe('100x29');
    await page.resize(60, 20);
    await until(async () => (await shared.host.display('#{window_width}x#{window_height}')) === '60x19', {
      what: 'the window to fit the page',
    });
    await page.toHave(({ size }) => size?.cols === 60 && size.rows === 20, 'the size that it claims');
    await page.screen.toBe((_, { cols, rows }) => cols === 60 && rows === 20, 'a screen of that size');
    const other = await web();
    await other.toHave(({ size }) => size?.cols === 60 && size.rows === 20, 'the window that the first one made');
    await page.resize(60, 20, false);
    await other.toHave(({ size }) => size?.cols === 100 && size.rows === 30, 'the whole window again');
    await page.toHave(({ size }) => size?.cols === 100, 'the whole window, too');
  });

  it('of a reader sees all, and cannot type or size', async () => {
    const reader = await web({ token: shared.readToken, claim: true, cols: 30, rows: 8 });
    const writer = await web();
    expect(reader.welcome?.role).toBe('reader');
    const said = word();
    await reader.type(`echo ${said}\r`);
    await reader.screen.toShow('You are read-only');
    await cleared(writer);
    expect(await shared.host.capture()).not.toContain(said);
    expect(await shared.host.display('#{window_width}')).toBe('100');
    expect(reader.size).toEqual({ cols: 30, rows: 8 });
  });

  it('is counted, and reported to the host', async () => {
    const before = (await shipmate.metric('shipmate_joins_total{transport="web",route="local",result="ok"}')) ?? 0;
    await web();
    await web({ token: shared.readToken });
    expect(await shipmate.metric('shipmate_participants{transport="web",role="writer"}')).toBe(1);
    expect(await shipmate.metric('shipmate_participants{transport="web",role="reader"}')).toBe(1);
    expect(await shipmate.metric('shipmate_joins_total{transport="web",route="local",result="ok"}')).toBe(before + 2);
    expect(await shared.host.messages()).toMatch(/A mate has joined \(127\.0\.0\.1\) -- 2 clients currently connected/);
  });
});

describe('a host', () => {
  it('is told the links, as tmate words them', async () => {
    const messages = await shared.host.messages();
    const link = `http://127.0.0.1:${shipmate.httpPort}/t/`;
    expect(await shared.host.display('#{tmate_web}')).toBe(`${link}${shared.token}`);
    expect(await shared.host.display('#{tmate_web_ro}')).toBe(`${link}${shared.readToken}`);
    const told = ['web session read only: ', 'ssh session read only: ', 'web session: ', 'ssh session: '];
    const places = told.map((text) => messages.indexOf(text));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(messages).toContain(`web session: ${link}${shared.token}`);
    expect(messages).toContain(`web session read only: ${link}${shared.readToken}`);
  });
});

describe('a page whose connection breaks', () => {
  it('continues where it was: nothing typed is lost or doubled, and the host does not notice', async () => {
    const page = await web();
    await cleared(page);
    const heard = await shared.host.messages();
    const typed = Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    await page.type('echo ');
    for (const [at, key] of Array.from(typed).entries()) {
      await page.type(key);
      if (at % 20 === 10) page.cut();
      if (at % 20 === 15) await page.reconnect();
    }
    await page.type('\r');
    await page.screen.toShow(new RegExp(`^${typed}$`, 'm'));
    expect(page.welcome).toMatchObject({ resumed: true });
    expect(await shared.host.messages()).toBe(heard);
    expect(await shipmate.metric('shipmate_web_resumed_total')).toBeGreaterThanOrEqual(3);
  });

  it('continues in the middle of a paste', async () => {
    const page = await web();
    await cleared(page);
    const lines = Array.from({ length: 2000 }, (_, i) => `# line ${i} of a long paste\r`).join('');
    await page.type(`\u001b[200~${lines}`);
    page.cut();
    await page.type(`${word()}\u001b[201~`);
    await page.reconnect();
    expect(page.welcome?.resumed).toBe(true);
    const last = word();
    await page.type(`\u0015echo ${last}\r`);
    await page.screen.toShow(new RegExp(`^${last}$`, 'm'));
  });

  it('shows the present at once when it is back', async () => {
    const page = await web();
    await cleared(page);
    page.cut();
    await page.toClose();
    const meanwhile = word();
    await shared.host.typeLine(`echo ${meanwhile}`);
    await page.reconnect();
    await page.screen.toShow(new RegExp(`^${meanwhile}$`, 'm'));
  });

  it('takes its seat over from a connection that nobody knew was dead', async () => {
    const page = await web();
    const again = await web({ hello: { page: page.page } });
    expect(await page.toClose()).toMatchObject({ code: 4003 });
    expect(again.welcome).toMatchObject({ resumed: true });
    expect(await shipmate.metric('shipmate_participants{transport="web",role="writer"}')).toBe(1);
  });

  it('has another seat with other rights, whatever it says of itself', async () => {
    const page = await web();
    const reader = await web({ token: shared.readToken, hello: { page: page.page } });
    expect(reader.welcome).toMatchObject({ resumed: false, role: 'reader' });
    expect(page.open).toBe(true);
  });

  it('leaves at once when it says so', async () => {
    const page = await web();
    page.leave();
    await page.toClose();
    await until(async () => (await shipmate.metric('shipmate_participants{transport="web",role="writer"}')) === 0, {
      what: 'its seat to be empty',
    });
  });
});

describe('a page whose server', () => {
  it('is killed and started again continues there: what was typed meanwhile arrives once', async () => {
    const server = await stage.add(Shipmate.start());
    const { host, token } = await share(stage, server);
    const page = await stage.add(WebJoiner.start({ port: server.httpPort, token }));
    await page.type('echo one');
    await page.screen.toShow('echo one');
    await page.toHaveTyped();
    await server.halt('SIGKILL');
    expect((await page.toClose()).code).toBe(1006);
    await page.type('two\r');
    const again = await stage.add(Shipmate.start({ restartOf: server }));
    await until(async () => (await again.metric('shipmate_sessions{region="local",state="live"}')) === 1, {
      what: 'the host to come back',
    });
    await page.reconnect();
    expect(page.welcome).toMatchObject({ resumed: false, taken: 1 });
    await page.screen.toShow(/^onetwo$/m);
    expect(await host.capture()).toMatch(/^\$ echo onetwo\nonetwo\n/m);
  });

  it('stops is told so, and may come back', async () => {
    const server = await stage.add(Shipmate.start());
    const { token } = await share(stage, server);
    const page = await stage.add(WebJoiner.start({ port: server.httpPort, token }));
    const silent = await stage.add(WebJoiner.start({ port: server.httpPort, token, silent: true }));
    const halted = server.halt();
    expect(await page.toClose()).toEqual({ code: 1001, reason: 'The server is stopping' });
    expect((await silent.toClose()).code).toBe(1001);
    expect(await halted).toEqual({ status: 0, signal: null });
  });
});

describe('a page that does not keep up', () => {
  it('skips frames and is shown the present; its host and the others go on', async () => {
    const busy = await web();
    const quick = await web();
    await cleared(busy);
    busy.busy(true);
    const before = busy.bytes;
    const last = word();
    await shared.host.typeLine(`seq 1 200000; echo ${last}`);
    await quick.screen.toShow(new RegExp(`^${last}$`, 'm'));
    expect(busy.bytes - before).toBeLessThan(200_000);
    busy.busy(false);
    await busy.screen.toShow(new RegExp(`^${last}$`, 'm'));
  });

  it('because it is hidden is sent nothing until it is seen', async () => {
    const hidden = await web();
    const seen = await web();
    await cleared(hidden);
    hidden.send({ type: 'visible', visible: false });
    await hidden.type(`:\r`);
    await hidden.toHaveTyped();
    const before = hidden.bytes;
    const last = word();
    await shared.host.typeLine(`echo ${last}`);
    await seen.screen.toShow(new RegExp(`^${last}$`, 'm'));
    expect(hidden.bytes).toBe(before);
    hidden.send({ type: 'visible', visible: true });
    await hidden.screen.toShow(new RegExp(`^${last}$`, 'm'));
  });
});

describe('a page whose host is lost', () => {
  it('says so, and how long the session waits, and continues when the host is back', async () => {
    const other = await share(stage, shipmate);
    const page = await web({ token: other.token });
    other.host.signal('SIGSTOP');
    await page.type('x');
    other.host.signal('SIGCONT');
    await page.screen.toShow('$ x');
    other.host.signal('SIGKILL');
    await page.toHave(({ state }) => state?.phase === 'reconnecting' && state.ms > 500_000, 'the wait for the host');
    await page.screen.toShow('Waiting for it to come back');
  });
});

describe('the end', () => {
  it('by the detach key', async () => {
    const page = await web();
    await page.type('\u0002d');
    expect(await page.toClose()).toEqual({ code: 4000, reason: 'You detached' });
    expect(await page.screen.text()).toContain('[detached]');
  });

  it("by the host's last word", async () => {
    const other = await share(stage, shipmate);
    const page = await web({ token: other.token });
    await other.host.killServer();
    expect(await page.toClose()).toMatchObject({ code: 4001 });
    expect(page.state?.phase).toBe('ended');
    const late = await web({ token: other.token });
    const closed = await late.toClose();
    expect(closed).toMatchObject({ code: 4410 });
    expect(closed.reason).toMatch(/^This session was closed (just now|\d+ seconds? ago)$/);
    expect(late.state).toMatchObject({ phase: 'ended' });
    expect(late.welcome).toBeUndefined();
  });
});
