// What `Viewers` starts: joins one session as many pages, and notes when each of them got which mark.
import { WebJoiner } from '#testing';
import type { ViewersReport, ViewersRequest } from './viewers.js';

const AT_ONCE = 16;
const pages: WebJoiner[] = [];
let arrivals: [mark: number, at: number][] = [];

async function join({ port, token, count }: Extract<ViewersRequest, { what: 'join' }>): Promise<void> {
  let left = count;
  const walk = async (): Promise<void> => {
    while (left-- > 0) {
      const page = await WebJoiner.start({ port, token, blind: true });
      page.onScreen((bytes) => {
        const mark = markIn(bytes);
        if (mark !== undefined) arrivals.push([mark, performance.timeOrigin + performance.now()]);
      });
      pages.push(page);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
}

/** The capital letter that stands there six times in a row. */
function markIn(bytes: Uint8Array): number | undefined {
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 65 || byte > 90) length = 0;
    else if (byte === bytes[i - 1]) length += 1;
    else length = 1;
    if (length === 6) return byte;
  }
  return undefined;
}

function report(): ViewersReport {
  const seen = arrivals;
  arrivals = [];
  return {
    arrivals: seen,
    bytes: pages.reduce((sum, page) => sum + page.bytes, 0),
    open: pages.filter((page) => page.open).length,
  };
}

process.on('message', (request: ViewersRequest) => {
  const answer = request.what === 'join' ? join(request).then(report) : Promise.resolve(report());
  answer.then(
    (told) => process.send?.(told),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.on('disconnect', () => process.exit(0));
