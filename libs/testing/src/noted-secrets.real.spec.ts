import { afterAll, describe, expect, it } from 'vitest';
import { expectNoSecrets, forgetSecret, noteSecret } from './noted-secrets.js';
import { Shipmate } from './shipmate.js';
import { Stage } from './stage.js';
import { SyntheticHost } from './synthetic-host.js';

const stage = new Stage();
afterAll(async () => await stage.clear());

describe('a secret that a test made', () => {
  it('is found in a text, and not shown', () => {
    noteSecret('a token', 'kKmDbPv3nQzW8sYtRcJh2aFe5');
    const text = 'first\n{"user":"kKmDbPv3nQzW8sYtRcJh2aFe5@localhost"}\nlast';
    expect(() => expectNoSecrets('a server', text)).toThrow(
      'a token is in the output of a server: {"user":"[the secret]@localhost"}',
    );
    expect(() => expectNoSecrets('a server', text.replace('kKm', 'kKn'))).not.toThrow();
  });

  it('is not one when it is a word', () => {
    noteSecret('a name', 'ada/site');
    expect(() => expectNoSecrets('a server', 'ada/site')).not.toThrow();
  });

  it('makes the end of the server that told it a failure', async () => {
    const shipmate = await stage.add(Shipmate.start());
    const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }));
    await host.token();
    await shipmate.halt();
    // What the log surely has, as if it were a secret.
    noteSecret('a word of the log', '"event":"session-opened"');
    await expect(shipmate.stop()).rejects.toThrow('a word of the log is in the output of dist/apps/shipmate');
    forgetSecret('"event":"session-opened"');
  });
});
