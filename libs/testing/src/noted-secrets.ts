/** Tokens, keys and the like that tests of this process made, with what each is; the newest last. */
const noted = new Map<string, string>();
/** A test of a crowd makes as many tokens; looking for more of them would take longer than the test. */
const MOST_NOTED = 2_000;
/** Shorter ones are found by chance: names, words. */
const FEWEST_CHARS = 16;

/** Has every server that a test starts looked through for `secret` when it ends. */
export function noteSecret(what: string, secret: string): void {
  if (secret.length < FEWEST_CHARS) return;
  noted.delete(secret);
  noted.set(secret, what);
  const [oldest] = noted.keys();
  if (noted.size > MOST_NOTED && oldest !== undefined) noted.delete(oldest);
}

/** Forgets a secret, or what a test took for one. */
export function forgetSecret(secret: string): void {
  noted.delete(secret);
}

/** Throws when one of the secrets is in `text`; the error shows the line without it. */
export function expectNoSecrets(where: string, text: string): void {
  for (const [secret, what] of noted) {
    const at = text.indexOf(secret);
    if (at < 0) continue;
    const line = text.slice(text.lastIndexOf('\n', at) + 1).split('\n', 1)[0] ?? '';
    throw new Error(`${what} is in the output of ${where}: ${line.replaceAll(secret, '[the secret]').slice(0, 500)}`);
  }
}
