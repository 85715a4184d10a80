import type { OidcServer } from '#identity/oidc-server';
import type { Shipmate } from '#testing';

/** An answer as a browser without pictures sees it. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Where it leads. */
  readonly location: string | undefined;
}

/** A browser without a window: keeps the cookies of the server, and goes to the provider where it is sent there. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly shipmate: Pick<Shipmate, 'httpPort'>,
    private readonly provider: OidcServer,
  ) {}

  get origin(): string {
    return `http://127.0.0.1:${this.shipmate.httpPort}`;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async get(path: string): Promise<Answer> {
    return await this.#ask(path, {});
  }

  /** Sends a form as this server's page does, or as `headers` say. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { origin: this.origin },
  ): Promise<Answer> {
    return await this.#ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  /** Opens a page and follows where it leads, through the provider too. */
  async open(path: string): Promise<Answer> {
    let answer = await this.get(path);
    for (let steps = 0; answer.location !== undefined && steps < 10; steps++) {
      const next = new URL(answer.location, this.origin);
      const back = next.origin === this.origin ? next.href : await this.provider.signIn(next.href);
      answer = await this.get(back.slice(this.origin.length));
    }
    return answer;
  }

  async #ask(path: string, init: RequestInit): Promise<Answer> {
    const headers = { cookie: this.cookie, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(`${this.origin}${path}`, { ...init, redirect: 'manual', headers });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = response.headers.get('location') ?? undefined;
    return { status: response.status, text: await response.text(), headers: response.headers, location };
  }
}
