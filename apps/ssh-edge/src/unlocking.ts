import type { JoinAttempts } from '#edge';
import type { SessionInfo } from '#ssh';
import type { Unlocking } from '#session';
import { LoginText, qrLines } from './login-text.js';
import type { SshSignIns } from './ssh-sign-ins.js';
import { JoinText } from './texts.js';

export interface UnlockingDeps {
  readonly attempts: Pick<JoinAttempts, 'password'>;
  readonly signIns: Pick<SshSignIns, 'possible' | 'ask'>;
}

/**
 * How somebody at a locked terminal proves again who they are: by the session's password, which counts as an attempt to join, or in a
 * browser. A key cannot be asked for on a connection that is open. `utf8`: the terminal can show a QR code.
 */
export function unlockingOf({ attempts, signIns }: UnlockingDeps, info: SessionInfo, utf8: boolean): Unlocking {
  const { address, publicKey } = info;
  const password: Unlocking['password'] = async (hash, given) => {
    const verdict = await attempts.password(hash, given, address);
    return typeof verdict === 'boolean' ? verdict : JoinText.tooMany(verdict);
  };
  if (!signIns.possible) return { password };
  return {
    password,
    signIn: async (waits) => {
      const answer = await signIns.ask({
        address,
        wants: 'join',
        fingerprint: publicKey?.fingerprint,
        gone: waits.gone,
        show: (link, code) => waits.show({ link, code, picture: utf8 ? qrLines(link) : undefined }),
      });
      if (typeof answer !== 'string') return answer;
      return answer === 'gone' ? '' : LoginText[answer === 'late' ? 'lateAtLock' : answer];
    },
  };
}
