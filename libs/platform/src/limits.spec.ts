import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COST_LIMITS, costLimitText, WORK_LIMITS, WORK_WINDOW_MS, type CostLimitName } from '#kernel';
import { loadConfig } from '#platform';
import { LIMITS, parseLimits, type LimitsConfig } from './limits.js';

const parsed = (...items: string[]): LimitsConfig => {
  const limits = parseLimits(items);
  if (typeof limits === 'string') throw new Error(limits);
  return limits;
};

describe('SHIPMATE_LIMITS', () => {
  it('leaves what it does not name as it is', () => {
    const { settings, given } = loadConfig({ SHIPMATE_LIMITS: 'hosts-per-address=50, bytes-in-all=10G/1h' }).limits;
    expect(settings['hosts-per-address']).toEqual({ kind: 'level', most: 50 });
    expect(settings['bytes-in-all']).toEqual({ kind: 'flow', amount: 1e10, perMs: 3_600_000 });
    expect(settings['hosts-per-key']).toEqual({ kind: 'level', most: 1000 });
    expect(settings['wrong-tokens-per-address']).toEqual({ kind: 'free', count: 20 });
    expect([...given]).toEqual(['hosts-per-address', 'bytes-in-all']);
  });

  it('can have every limit off', () => {
    const { settings, given } = parsed(...Object.keys(LIMITS).map((name) => `${name}=off`));
    expect(settings).toEqual({});
    expect(given.size).toBe(Object.keys(LIMITS).length);
  });

  it('takes amounts and times as people write them', () => {
    for (const [text, amount, perMs] of [
      ['600/12s', 600, 12_000],
      ['5k/m', 5_000, 60_000],
      ['1M/1h', 1e6, 3_600_000],
      ['2T/1d', 2e12, 86_400_000],
    ] as const) {
      expect(parsed(`handshakes-in-all=${text}`).settings['handshakes-in-all']).toEqual({
        kind: 'flow',
        amount,
        perMs,
      });
    }
  });

  it.each([
    ['hosts=1', /must name limits of docs\/limits.md, .* not "hosts=1"$/],
    ['hosts-per-address', /must name limits/],
    ['__proto__=1', /must name limits/],
    ['hosts-per-address=0', /must set hosts-per-address to a whole number, or to off, not to "0"$/],
    ['hosts-per-address=-1', /a whole number/],
    ['hosts-per-address=1/1s', /a whole number/],
    ['hosts-per-address=', /a whole number/],
    ['hosts-per-address=OFF', /a whole number/],
    ['bytes-in-all=10', /an amount and a time/],
    ['bytes-in-all=10/', /an amount and a time/],
    ['bytes-in-all=10/1w', /an amount and a time/],
    ['bytes-in-all=10/2d', /of up to a day/],
    ['bytes-in-all=1/0s', /an amount and a time/],
    ['bytes-in-all=1/1s/1s', /an amount and a time/],
    ['bytes-in-all=999999999T/1s', /an amount and a time/],
    ['hosts-in-all=1,hosts-in-all=2', /must set hosts-in-all once/],
  ])('%s ends the start with a sentence that names the fault', (text, fault) => {
    let said = '';
    try {
      loadConfig({ SHIPMATE_LIMITS: text });
    } catch (error) {
      said = String((error as Error).message);
    }
    expect(said).toMatch(/^The configuration is wrong:\n {2}SHIPMATE_LIMITS must/);
    expect(said).toMatch(fault);
  });
});

/** The table of limits that can be set, in docs/limits.md. */
function limitsTable(): string {
  const rows = Object.entries(LIMITS).map(([name, { standard, counts }]) => [`\`${name}\``, `\`${standard}\``, counts]);
  return table([['limit', 'default', 'counts'], ...rows]);
}

/** The table of what one connection or session may cost, in docs/limits.md. */
function costTable(): string {
  const rows = Object.entries(COST_LIMITS).map(([name, { counts, reason, atLimit }]) => [
    `\`${name}\``,
    costLimitText(name as CostLimitName),
    counts,
    reason,
    atLimit,
  ]);
  return table([['limit', 'at most', 'counts', 'why so much', 'at the limit'], ...rows]);
}

/** The table of the CPU time that somebody may cost, in docs/limits.md. */
function workTable(): string {
  const rows = Object.entries(WORK_LIMITS).map(([name, { mostMs, counts, reason, atLimit }]) => [
    `\`${name}\``,
    `${mostMs / 1000} s in ${WORK_WINDOW_MS / 1000} s`,
    counts,
    reason,
    atLimit,
  ]);
  return table([['limit', 'at most', 'counts', 'why so much', 'at the limit'], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}

describe('docs/limits.md', () => {
  it('has every limit with its default', () => {
    const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
    expect(page).toContain(limitsTable());
  });

  it('has every limit on what one connection or session may cost', () => {
    const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
    expect(page).toContain(costTable());
  });

  it('has every limit on CPU time', () => {
    const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
    expect(page).toContain(workTable());
  });
});

describe('lists of addresses', () => {
  it('are CIDRs, and anything else ends the start', () => {
    const { access } = loadConfig({
      SHIPMATE_ALLOW_FROM: '192.0.2.0/24,2001:db8::/32',
      SHIPMATE_DENY_FROM: '192.0.2.9',
    });
    expect(access).toEqual({ allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.9'] });
    expect(loadConfig({}).access).toEqual({ allow: undefined, deny: [] });
    for (const bad of ['192.0.2.0/33', '192.0.2', 'example.org', '2001:db8::/129', '192.0.2.1-9', ',']) {
      for (const name of ['SHIPMATE_ALLOW_FROM', 'SHIPMATE_DENY_FROM', 'SHIPMATE_TRUSTED_PROXIES']) {
        if (bad === ',' && name === 'SHIPMATE_TRUSTED_PROXIES') continue;
        expect(() => loadConfig({ [name]: bad })).toThrow(
          `${name} must be a list of addresses and CIDRs such as 10.0.0.0/8,2001:db8::/32, not ${JSON.stringify(bad)}`,
        );
      }
    }
  });
});
