import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { SignInFault } from '../sign-in-fault.js';

/** The sentence for people while a provider is away. */
export const awayText = (title: string): string =>
  `${title} cannot be reached right now, so nobody can sign in there: try again in a moment`;

/** What an error of a provider's answer means for the person who signs in. The cause is for the log. */
export function faultOf(title: string, error: unknown): SignInFault {
  if (error instanceof SignInFault) return error;
  const fault = (reason: SignInFault['reason'], text: string): SignInFault =>
    new SignInFault(reason, text, { cause: error });
  if (isAway(error)) return fault('unavailable', awayText(title));
  if (error instanceof AuthorizationResponseError) {
    if (error.error === 'server_error' || error.error === 'temporarily_unavailable')
      return fault('unavailable', awayText(title));
    return fault('denied', `${title} did not sign you in: ${wordOf(error.error)}`);
  }
  if (error instanceof ResponseBodyError) {
    if (error.error === 'invalid_client' || error.error === 'unauthorized_client')
      return fault(
        'client',
        `${title} does not accept this server: its operator has to check the client ID and secret`,
      );
    return fault('invalid', `${title} did not accept this sign-in (${wordOf(error.error)}): sign in again`);
  }
  return fault('invalid', `What ${title} sent is not valid: sign in again`);
}

/** An error's word in OAuth: anything else is not repeated. */
const wordOf = (error: string): string => (/^[a-z_]{1,60}$/.test(error) ? error : 'an unknown error');

/** Whether a provider did not answer, or answered that something is wrong with itself. */
export function isAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ClientError && at.code === 'OAUTH_TIMEOUT') return true;
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return true;
    if (at instanceof TypeError && at.message === 'fetch failed') return true;
    if (at.cause instanceof Response && at.cause.status >= 500) return true;
    if (at instanceof ResponseBodyError && at.status >= 500) return true;
  }
  return false;
}
