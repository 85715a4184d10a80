import { expect } from 'vitest';
import { until, type PageJoiner, type Shipmate, type TmateHost } from '#testing';

/** Where screenshots go; git knows nothing of it. */
export const SCREENSHOTS = '.artifacts/screenshots';

/** The address of a session's page. */
export function pageUrl(shipmate: Shipmate, token: string): string {
  return `http://127.0.0.1:${shipmate.httpPort}/t/${token}`;
}

/** Waits until the page shows what the host's window does, line by line, and gives that. */
export async function toShowTheHosts(host: TmateHost, joiner: PageJoiner): Promise<string> {
  let texts: [string, string] = ['', ''];
  await until(
    async () => {
      const pane = (await host.capture()).split('\n').slice(0, -1);
      const { lines } = await joiner.screen.read();
      texts = [pane.map((line) => line.trimEnd()).join('\n'), lines.slice(0, pane.length).join('\n')];
      return texts[0] === texts[1];
    },
    { what: 'the page to show what the host has', everyMs: 50 },
  ).catch(() => expect(texts[1]).toBe(texts[0]));
  return texts[0];
}
