import { isShipmateError, ShipmateError, type Clock } from '#kernel';
import { MAX_KEY_TEXT, sourceParts, type KeyFinder } from '#access';

/** How long a code host may take to answer, in ms. */
const TIMEOUT_MS = 5_000;
/** How long a result is kept, in ms, even if nobody was found. */
const KEPT_MS = 5 * 60_000;
const NOBODY_KEPT_MS = 60_000;
/** People that are remembered, and requests at the same time. */
const MAX_KEPT = 1_000;
const AT_ONCE = 8;

interface Answer {
  readonly lines: readonly string[];
  readonly untilMs: number;
}

/**
 * The SSH keys that people publish at code hosts, as `BASE/NAME.keys`: fetched over HTTPS from the addresses that the operator
 * allows, and from nowhere else, since redirections are not followed. Answers are kept for some minutes, whoever asks.
 */
export class ForgeKeys implements KeyFinder {
  readonly #kept = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<readonly string[]>>();

  constructor(
    /** Base addresses by the names of code hosts. */
    private readonly forges: ReadonlyMap<string, string>,
    private readonly clock: Clock,
    private readonly get: typeof fetch = fetch,
  ) {}

  async keysOf(source: string): Promise<readonly string[]> {
    const parts = sourceParts(source);
    const base = parts && this.forges.get(parts.forge);
    if (parts === undefined || base === undefined) {
      throw new ShipmateError(
        'not-found',
        `keys are available from ${[...this.forges.keys()].join(', ') || 'nowhere'}`,
      );
    }
    const kept = this.#kept.get(source);
    if (kept !== undefined && this.clock.monotonic() < kept.untilMs) return found(kept.lines);
    const asking = this.#asking.get(source) ?? this.#start(source, `${base}/${encodeURIComponent(parts.user)}.keys`);
    return found(await asking);
  }

  #start(source: string, url: string): Promise<readonly string[]> {
    if (this.#asking.size >= AT_ONCE) {
      throw new ShipmateError('unavailable', 'too many keys are being fetched right now');
    }
    const asking = this.#ask(url)
      .then((lines) => {
        const keptMs = lines.length === 0 ? NOBODY_KEPT_MS : KEPT_MS;
        this.#kept.delete(source);
        this.#kept.set(source, { lines, untilMs: this.clock.monotonic() + keptMs });
        for (const oldest of this.#kept.keys()) {
          if (this.#kept.size <= MAX_KEPT) break;
          this.#kept.delete(oldest);
        }
        return lines;
      })
      .finally(() => this.#asking.delete(source));
    this.#asking.set(source, asking);
    return asking;
  }

  /** No lines if there is nobody with that name. */
  async #ask(url: string): Promise<readonly string[]> {
    const ended = new AbortController();
    const timer = this.clock.after(TIMEOUT_MS, () => ended.abort());
    try {
      const response = await this.get(url, {
        redirect: 'error',
        signal: ended.signal,
        headers: { accept: 'text/plain', 'user-agent': 'shipmate' },
      });
      if (response.status === 404) {
        await response.body?.cancel();
        return [];
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new ShipmateError('unavailable', `the forge answers ${response.status}`);
      }
      const text = await readText(response);
      return text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    } catch (error) {
      if (isShipmateError(error)) throw error;
      throw new ShipmateError('unavailable', 'the forge cannot be reached', { cause: error });
    } finally {
      timer.cancel();
    }
  }
}

function found(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) throw new ShipmateError('not-found', 'no such user, or no published keys');
  return lines;
}

/** As much text as one session's keys may have; throws `unavailable` for more. */
async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body !== null) {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_KEY_TEXT) throw new ShipmateError('unavailable', 'the forge sends too many keys');
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}
