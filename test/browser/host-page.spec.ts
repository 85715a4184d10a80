import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, PtyJoiner, Shipmate, Stage, TmateHost, until, type ChromiumPage } from '#testing';
import { layoutShift, toLookRight } from './steer.fixture.js';

// A host steers its session in a browser: a stock tmate, mates with OpenSSH, and the page in Chromium.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
beforeAll(async () => {
  [shipmate, chromium] = await Promise.all([server.add(Shipmate.start()), server.add(Chromium.start())]);
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

async function hostWith(conf = ''): Promise<TmateHost> {
  const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf }));
  await host.waitReady();
  return host;
}

async function open(url: string): Promise<ChromiumPage> {
  const driver = await stage.add(chromium.page({ viewport: { width: 1280, height: 800 } }));
  await driver.open(url);
  return driver;
}

const join = async (user: string): Promise<PtyJoiner> =>
  await stage.add(new PtyJoiner({ port: shipmate.sshPort, user }));

describe("the host's page", () => {
  it('shows who waits and who is in, lets in, sends away, replaces tokens, and ends the session', async () => {
    const host = await hostWith('set -g tmate-set "approve=true"');
    const link = await host.display('#{tmate_host_page}');
    const driver = await open(link);
    const { page } = driver;
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    const [waiting, people] = [page.locator('#waiting'), page.locator('#people')];
    await waiting.getByText('Nobody is waiting.').waitFor();
    await page.getByText('Live').waitFor();
    // The secret is not where others may read it.
    expect(page.url()).toBe(`http://127.0.0.1:${shipmate.httpPort}/host`);
    expect(await page.title()).not.toContain('smh-');

    const [ann, bob] = [await join(await host.token()), await join(await host.token('read'))];
    await ann.screen.toShow('Waiting for the host');
    await bob.screen.toShow('Waiting for the host');
    await waiting
      .getByRole('button', { name: /^Refuse/ })
      .nth(1)
      .waitFor();
    await toLookRight(driver, 'host-waiting');
    // By the keyboard alone.
    await waiting
      .getByRole('button', { name: /^Let in/ })
      .first()
      .press('Enter');
    await page.getByText(/was let in\.$/).waitFor();
    await waiting
      .getByRole('button', { name: /^Let in/ })
      .nth(1)
      .waitFor({ state: 'detached' });
    await waiting.getByRole('button', { name: /^Let in/ }).press('Enter');
    await ann.screen.toShow('$');
    await bob.screen.toShow('$');
    await waiting.getByText('Nobody is waiting.').waitFor();
    await people.getByRole('listitem').nth(1).waitFor();
    // The row that had the focus is gone: it is in the same part of the page still.
    expect(await page.evaluate('document.activeElement.id')).toBe('waiting-title');
    await toLookRight(driver, 'host-people');

    await page.getByRole('textbox', { name: 'Message to everyone' }).fill('Back in a minute');
    await page.keyboard.press('Enter');
    await ann.screen.toShow('Back in a minute');
    await people
      .getByRole('button', { name: /^Make reader/ })
      .and(page.locator(':enabled'))
      .press('Enter');
    await people.getByText('types').waitFor({ state: 'detached' });
    await page.locator('#bans').getByText('may only watch').waitFor();

    await people
      .getByRole('button', { name: /^Remove/ })
      .first()
      .press('Enter');
    await page.getByRole('dialog').waitFor();
    await toLookRight(driver, 'host-question');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Remove…');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('for a day').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page
      .locator('#bans')
      .getByText(/^may not join, for another 23 hours$/)
      .waitFor();
    await people.getByRole('listitem').nth(1).waitFor({ state: 'detached' });

    const [lock, state] = [page.locator('#lock'), page.locator('#lock-state')];
    expect(await state.textContent()).toBe('Not locked.');
    await lock.getByRole('button', { name: 'Lock typing' }).press('Enter');
    await lock.getByText('Locked: only the host types.').waitFor();
    await lock.getByRole('button', { name: 'Lock and hide' }).press('Enter');
    await lock.getByText('Locked: only the host types, and nobody else sees it.').waitFor();
    await toLookRight(driver, 'host-locked');
    await lock.getByRole('button', { name: 'Unlock' }).press('Enter');
    await lock.getByText('Not locked.').waitFor();

    const before = await host.token();
    await page.getByRole('button', { name: 'Replace the tokens…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replace' }).click();
    await until(async () => (await host.token()) !== before, { what: 'the host to have new tokens' });

    // A page that is loaded again still has the link; other tabs have not.
    await page.reload();
    await people.getByRole('listitem').first().waitFor();
    await page.getByRole('button', { name: 'End the session…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await page.getByRole('heading', { name: 'This session has ended' }).waitFor();
    await toLookRight(driver, 'host-ended');
    for (const request of requests) expect(request).not.toContain('smh-');
    expect(shipmate.program.stderr).not.toContain(link.split('#')[1]);
  }, 120_000);

  it('says why it shows nothing, and its layout stands still', async () => {
    const host = await hostWith();
    const link = await host.display('#{tmate_host_page}');
    const driver = await open(link.slice(0, link.indexOf('#')));
    await driver.page.getByText('Open this page with its full link').waitFor();
    const wrong = await open(`${link.slice(0, -3)}AAA`);
    await wrong.page.getByText('The link is not valid').waitFor();
    await toLookRight(wrong, 'host-wrong-link');
    const right = await open(link);
    await right.page.locator('#people').getByText('Nobody has joined yet.').waitFor();
    await right.page.getByText('Live').waitFor();
    expect(await layoutShift(right)).toBeLessThan(0.02);
  });

  it('invites somebody, who then appears by name, and takes it back', async () => {
    const host = await hostWith();
    const driver = await open(await host.display('#{tmate_host_page}'));
    const { page } = driver;
    await page.getByLabel('Name of the person').fill('Bob');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Bob is invited' });
    await dialog.waitFor();
    const command = (await dialog.getByLabel('Command', { exact: true }).textContent()) ?? '';
    expect(await dialog.getByLabel('Link', { exact: true }).textContent()).toContain('/t/');
    await toLookRight(driver, 'host-invited');
    await dialog.getByRole('button', { name: 'Close' }).click();
    const bob = await join(/(\S+)@/.exec(command)?.[1] ?? '');
    await bob.screen.toShow('$');
    await page.locator('#people').getByText('Bob').waitFor();
    await page.locator('#invitations').getByText('may type · used').waitFor();
    await page.locator('#invitations').getByRole('button', { name: 'Revoke…: Bob' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.locator('#people').getByText('Nobody has joined yet.').waitFor();
    await bob.exited();
  });
});
