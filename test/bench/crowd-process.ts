// What `Crowd` starts: joins, hosts and stops reading as it is asked over Node's own channel to its parent.
import { SyntheticHost, SyntheticJoiner } from '#testing';
import type { CrowdRequest } from './crowd.js';

const AT_ONCE = 8;
const joiners: SyntheticJoiner[] = [];
/** A prompt and what stood before it: a screenful in colours. */
const SCREENFUL = Array.from(
  { length: 22 },
  (_, n) => `\u{1b}[3${n % 8}mline ${n}\u{1b}[0m of what a shell printed\r\n`,
);

async function answer(request: CrowdRequest): Promise<void> {
  if (request.what === 'join') {
    const { port, token } = request;
    await many(request.count, async () => {
      joiners.push(await SyntheticJoiner.start({ port, token, blind: true }));
    });
  } else if (request.what === 'host') {
    const { port, commands } = request;
    await many(request.count, async () => {
      const host = await SyntheticHost.start({ port, compress: true }, { commands });
      host.output(`${SCREENFUL.join('')}$ `);
    });
  } else if (request.what === 'share') {
    const { port, joinPort } = request;
    await many(request.count, async () => {
      const host = await SyntheticHost.start({ port, compress: true });
      host.output(SCREENFUL.join(''));
      joiners.push(await SyntheticJoiner.start({ port: joinPort, token: await host.token(), blind: true }));
      let lines = 0;
      setInterval(() => host.output(`line ${lines++} of what a program prints\r\n`), 1000);
    });
  } else {
    for (const joiner of joiners.slice(0, request.count)) joiner[request.what]();
  }
}

async function many(count: number, one: () => Promise<void>): Promise<void> {
  let left = count;
  const walk = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
}

process.on('message', (request: CrowdRequest) => {
  answer(request).then(
    () => process.send?.('done'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.on('disconnect', () => process.exit(0));
