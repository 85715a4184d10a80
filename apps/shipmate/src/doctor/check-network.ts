import { isIP } from 'node:net';
import type { Config } from '#platform';
import { isLocal } from './check-config.js';
import { fail, ok, reasonOf, type Finding } from './finding.js';

const ANSWER_MS = 3_000;

/** Looks a name up; its addresses. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Checks that the names that users get can be resolved. */
export async function checkDns({ sshHost, webUrl }: Config, lookup: Lookup): Promise<readonly Finding[]> {
  const hosts = new Map([
    [sshHost, 'SHIPMATE_SSH_HOST'],
    [new URL(webUrl).hostname.replace(/^\[|\]$/g, ''), 'SHIPMATE_WEB_URL'],
  ]);
  return await Promise.all(
    [...hosts].map(async ([host, variable]) => {
      if (isLocal(host) || isIP(host) !== 0) return ok('DNS', `${host} needs none`);
      try {
        return ok('DNS', `${host} is ${(await lookup(host)).join(', ')}`);
      } catch (error) {
        return fail(
          'DNS',
          `${host} does not resolve (${reasonOf(error)})`,
          `Add a DNS record, or correct ${variable}.`,
        );
      }
    }),
  );
}

/** Checks that the brokers in the configuration answer. */
export async function checkBrokers({ brokerUrls }: Config): Promise<readonly Finding[]> {
  return await Promise.all(
    brokerUrls.map(async (url) => {
      const fix =
        "Start the broker, or correct SHIPMATE_BROKER_URL: it must lead to a broker's internal port (SHIPMATE_BROKER_PORT).";
      try {
        const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'manual' });
        // Requests without a signature are refused in a way that only a broker is likely to answer.
        if (status === 403) return ok('broker', `${url} answers`);
        return fail('broker', `${url} answers with status ${status}: that is not a broker's internal port`, fix);
      } catch (error) {
        const { cause } = error as { cause?: unknown };
        return fail('broker', `${url} does not answer (${reasonOf(cause ?? error)})`, fix);
      }
    }),
  );
}
