import { NO_REQUIREMENTS, requirementsInWords, type Identity } from '#access';
import type { HostLink } from '#session';
import type { OperatorDemands } from './edge-deps.js';

/** What a host reads that may not host. */
export const hostRefusedText = (identity: Identity | undefined): string =>
  identity === undefined
    ? 'This server requires hosts to sign in'
    : `You are signed in as ${identity.name}, who may not host on this server`;

/** Tells one host what the operator demands of its session: at the beginning, and whenever that changes. */
export class DemandsNotice {
  #told = '';

  constructor(
    private readonly operator: Pick<OperatorDemands, 'rulesFor'> | undefined,
    private readonly link: Pick<HostLink, 'identity' | 'send'>,
  ) {}

  /** Tells what applies now, if that is something else than before. */
  tell(): void {
    const demanded = requirementsInWords(this.operator?.rulesFor(this.link.identity) ?? NO_REQUIREMENTS).join('; ');
    if (demanded === this.#told) return;
    const text =
      demanded === ''
        ? "This server's operator no longer requires anything of your session"
        : `This server's operator requires of your session: ${demanded}. You can be stricter, but not less strict`;
    this.#told = demanded;
    this.link.send([{ type: 'notify', text }]);
  }
}
