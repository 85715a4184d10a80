import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES } from './families.fixture.js';
import { HISTORY_LIMIT, Oracle, type Case } from './oracle.fixture.js';
import { randomCase } from './programs.fixture.js';
import { bytesOf } from './screen.fixture.js';
import { scriptOf, shrink } from './shrink.fixture.js';

/** More random programs, from another seed, for a longer search by hand. */
const COUNT = Number(process.env['VT_ORACLE_CASES'] ?? 160);
const FIRST_SEED = Number(process.env['VT_ORACLE_SEED'] ?? 1);

const text = (value: string) => bytesOf(value);
const alphabet = 'abcdefghijklmnopqrstuvwxyz';

/** What happens to the lines when the size changes. */
const RESIZES: readonly Case[] = [
  {
    name: 'narrower: long lines are split',
    cols: 20,
    rows: 5,
    steps: [text(alphabet.slice(0, 18)), { cols: 7, rows: 5 }],
  },
  { name: 'wider: wrapped lines are joined', cols: 7, rows: 5, steps: [text(alphabet), { cols: 20, rows: 5 }] },
  {
    name: 'and back',
    cols: 9,
    rows: 5,
    steps: [text(alphabet), { cols: 20, rows: 5 }, { cols: 9, rows: 5 }, text('X')],
  },
  {
    name: 'a wide character is torn apart',
    cols: 8,
    rows: 5,
    steps: [text('abc漢字漢字'), { cols: 4, rows: 5 }, text('x')],
  },
  {
    name: 'lower: below the cursor first',
    cols: 8,
    rows: 8,
    steps: [text('a\r\nb\r\nc\r\nd\x1b[2;1H'), { cols: 8, rows: 4 }, text('x')],
  },
  {
    name: 'lower: then the top goes into the history',
    cols: 8,
    rows: 8,
    steps: [text('a\r\nb\r\nc\r\nd\r\ne\r\nf'), { cols: 8, rows: 3 }],
  },
  {
    name: 'higher: lines come back',
    cols: 8,
    rows: 3,
    steps: [text('a\r\nb\r\nc\r\nd\r\ne\r\nf'), { cols: 8, rows: 5 }, text('x')],
  },
  {
    name: 'the alternate screen is cut',
    cols: 8,
    rows: 4,
    steps: [text('abc\x1b[?1049hdefghijk'), { cols: 4, rows: 3 }, { cols: 8, rows: 4 }, text('x')],
  },
  {
    name: 'leaving it higher than it was',
    cols: 8,
    rows: 4,
    steps: [text('a\r\nb\r\nc\r\nd\r\ne\x1b[?1049hx'), { cols: 8, rows: 6 }, text('\x1b[?1049ly')],
  },
  {
    name: 'leaving it lower than it was',
    cols: 8,
    rows: 6,
    steps: [text('a\r\nb\r\nc\r\nd\r\ne\x1b[?1049hx'), { cols: 8, rows: 3 }, text('\x1b[?1049ly')],
  },
  {
    name: 'leaving it wider than it was',
    cols: 4,
    rows: 4,
    steps: [text(`${alphabet}\x1b[?1049hx`), { cols: 12, rows: 4 }, text('\x1b[?1049ly')],
  },
  {
    name: 'the region is forgotten with the height only',
    cols: 8,
    rows: 6,
    steps: [
      text('\x1b[2;4r'),
      { cols: 9, rows: 6 },
      text('\x1b[4;1Hx\n\ny'),
      { cols: 9, rows: 5 },
      text('\x1b[4;1Hz\n\n'),
    ],
  },
  {
    name: 'the history is over its limit until a line comes',
    cols: 8,
    rows: 10,
    steps: [text(Array.from({ length: 20 }, (_, i) => `${i}`).join('\r\n')), { cols: 8, rows: 3 }, text('\r\nx')],
  },
];

describe('the host as the judge', () => {
  let oracle: Oracle | undefined;
  beforeAll(async () => {
    oracle = await Oracle.start();
  });
  afterAll(async () => {
    await oracle?.stop();
  });

  async function differing(cases: readonly Case[]): Promise<string[]> {
    const verdicts = (await oracle?.judge(cases)) ?? [];
    // A few programs kill the host: nearly all must have been judged.
    expect(verdicts.length).toBeGreaterThanOrEqual(cases.length * 0.98);
    const wrong = verdicts.filter(({ host, ours }) => host !== ours);
    const [first] = wrong;
    if (first !== undefined && oracle !== undefined) {
      const short = await shrink(oracle, first.case);
      const [verdict = first] = await oracle.judge([short]);
      expect.soft(verdict.ours, scriptOf(short)).toBe(verdict.host);
    }
    return wrong.map((verdict) => verdict.case.name);
  }

  it.each(Object.entries(FAMILIES))('says the same of %s', async (_, cases) => {
    expect(await differing(cases.map(({ input, ...given }) => ({ ...given, steps: [bytesOf(input)] })))).toEqual([]);
  });

  it('says the same of new sizes', async () => {
    expect(await differing(RESIZES)).toEqual([]);
  });

  it('drops the oldest tenth of the history as we do', async () => {
    const cases = Array.from({ length: HISTORY_LIMIT * 2 }, (_, lines): Case => {
      const output = Array.from({ length: lines }, (_, i) => `line ${i}`).join('\r\n');
      return { name: `${lines} lines`, cols: 10, rows: 3, steps: [text(output)] };
    });
    expect(await differing(cases)).toEqual([]);
  });

  it('says the same of random programs', { timeout: 60_000 + COUNT * 200 }, async () => {
    expect(await differing(Array.from({ length: COUNT }, (_, i) => randomCase(FIRST_SEED + i)))).toEqual([]);
  });
});
