import {
  answersOf,
  Chromium,
  type ChromiumPage,
  type Figure,
  median,
  PageJoiner,
  percentile,
  Stage,
  TmateHost,
} from '#testing';
import { startServer } from './ends.js';

const LOADS = 7;
const FLOOD_MS = 30_000;
const KEYS = 120;

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
    const idle = await answersOf(page, FLOOD_MS, KEYS);
    await page.press('Control+u');
    await page.type('yes a line of the flood that goes on and on\r');
    await page.screen.toShow(/^(a line of the flood.*\n){20}/m);
    const flooded = await answersOf(page, FLOOD_MS, KEYS);
    await page.press('Control+c');
    return [
      { name: 'page: cold cache to first screen, median', value: median(loads), unit: 'ms' },
      ...([0.5, 0.95, 0.99] as const).map((share) => ({
        name: `page: key to paint in a flood, p${share * 100} (yardstick: idle)`,
        value: percentile(flooded.keyToPaintMs, share),
        unit: 'ms',
        yardstick: percentile(idle.keyToPaintMs, share),
        aim: 'under 100 ms',
      })),
      {
        name: `page: long tasks in ${FLOOD_MS / 1000} s of flood`,
        value: flooded.longTasks,
        unit: 'tasks',
        yardstick: idle.longTasks,
      },
      {
        name: `page: time in long tasks in ${FLOOD_MS / 1000} s of flood`,
        value: flooded.longTaskMs,
        unit: 'ms',
        yardstick: idle.longTaskMs,
      },
      {
        name: 'page: frames drawn in a flood',
        value: flooded.framesASecond,
        unit: 'a second',
        yardstick: idle.framesASecond,
      },
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
