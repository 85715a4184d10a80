import { setTimeout as delay } from 'node:timers/promises';
import { Chromium, type ChromiumPage, type Figure, median, PageJoiner, percentile, Stage, TmateHost } from '#testing';
import { startServer } from './ends.js';

const LOADS = 7;
const FLOOD_MS = 10_000;
const KEYS = 40;

// Event timing tells from a key's press to the paint after it, in steps of 8 ms.
const WATCH = `(() => {
  globalThis.seen = { keys: [], long: 0, longMs: 0 };
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'keydown') seen.keys.push(duration);
  }).observe({ type: 'event', durationThreshold: 16 });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) { seen.long++; seen.longMs += duration; }
  }).observe({ type: 'longtask' });
})()`;

interface Seen {
  readonly keys: readonly number[];
  readonly long: number;
  readonly longMs: number;
}

/** How fast a page is there, from a cold cache to the first screen, and how it answers keys in a flood. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf }));
    await host.waitReady();
    const url = `http://127.0.0.1:${server.httpPort}/t/${await host.token()}`;
    const chromium = await stage.add(Chromium.start());
    const loads: number[] = [];
    // The first pays for Chromium's own start.
    for (let n = 0; n <= LOADS; n++) {
      const load = await firstScreen(await chromium.page(), url);
      if (n > 0) loads.push(load);
    }
    const page = await stage.add(PageJoiner.open(await chromium.page(), url));
    await page.screen.toShow('$');
    const idle = await answers(page);
    await page.press('Control+u');
    await page.type('yes a line of the flood that goes on and on\r');
    await page.screen.toShow(/^(a line of the flood.*\n){20}/m);
    const flooded = await answers(page);
    await page.press('Control+c');
    return [
      { name: 'page: cold cache to first screen, median', value: median(loads), unit: 'ms' },
      {
        name: 'page: key to paint in a flood, p95 (yardstick: idle)',
        value: p95(flooded.keys),
        unit: 'ms',
        yardstick: p95(idle.keys),
        aim: 'under 100 ms',
      },
      { name: 'page: long tasks in 10 s of flood', value: flooded.long, unit: 'tasks', yardstick: idle.long },
      { name: 'page: time in long tasks in 10 s of flood', value: flooded.longMs, unit: 'ms', yardstick: idle.longMs },
    ];
  } finally {
    await stage.clear();
  }
}

/** Milliseconds from the request for the page to a prompt on its screen, with nothing in the browser's cache. */
async function firstScreen(driver: ChromiumPage, url: string): Promise<number> {
  try {
    const began = performance.now();
    const page = await PageJoiner.open(driver, url);
    await page.screen.toShow('$');
    return performance.now() - began;
  } finally {
    await driver.stop();
  }
}

async function answers(page: PageJoiner<ChromiumPage>): Promise<Seen> {
  await page.driver.evaluate(WATCH);
  for (let n = 0; n < KEYS; n++) {
    await page.press('x');
    await delay(FLOOD_MS / KEYS);
  }
  return await page.driver.evaluate<Seen>('seen');
}

/** Entries under the threshold of 16 ms are not told of: none at all means as fast as that. */
function p95(keys: readonly number[]): number {
  return keys.length === 0 ? 16 : percentile(keys, 0.95);
}
