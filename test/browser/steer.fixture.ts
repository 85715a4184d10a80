import { statSync } from 'node:fs';
import axe from 'axe-core';
import { expect } from 'vitest';
import type { ChromiumPage } from '#testing';
import { SCREENSHOTS } from './browser.fixture.js';

const LOOKS = [
  ['desktop', 'light', { width: 1280, height: 800 }],
  ['desktop', 'dark', { width: 1280, height: 800 }],
  ['phone', 'light', { width: 390, height: 844 }],
  ['phone', 'dark', { width: 390, height: 844 }],
] as const;

/**
 * Looks at what a page shows, on a desktop and a phone, light and dark: axe finds nothing wrong by WCAG 2.2 AA, and nothing sticks out.
 * Keeps a picture of each, for people to look at.
 */
export async function toLookRight({ page, ...driver }: ChromiumPage, name: string): Promise<void> {
  for (const [device, colorScheme, viewport] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    const path = `${SCREENSHOTS}/${name}-${device}-${colorScheme}.png`;
    await page.screenshot({ path });
    expect(statSync(path).size).toBeGreaterThan(3_000);
    const sticksOut = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(sticksOut), `${name} on a ${device}`).toBeLessThanOrEqual(0);
    expect(await faults({ page, ...driver } as ChromiumPage), `${name}, ${colorScheme}, on a ${device}`).toEqual([]);
  }
  await page.setViewportSize(LOOKS[0][2]);
}

/** What axe has against a page: rules, and the elements that break them. */
async function faults({ page }: ChromiumPage): Promise<readonly string[]> {
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  return await page.evaluate<string[]>(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  );
}

/** The sum of all shifts of a page's layout since it was loaded that no input caused. */
export async function layoutShift({ page }: ChromiumPage): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
  })`);
}
