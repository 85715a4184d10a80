import { describe, expect, it } from 'vitest';
import { isTraceparent, NO_SPAN, NO_TRACER, ShipmateError, traced, type Span, type Tracer } from '#kernel';

/** A tracer that notes what it is told. */
function noting(): { tracer: Tracer; told: string[] } {
  const told: string[] = [];
  const span = (name: string): Span => ({
    traceparent: undefined,
    set: (attributes) => void told.push(`${name} ${JSON.stringify(attributes)}`),
    rename: (title) => void told.push(`${name} is ${title}`),
    fail: (code) => void told.push(`${name} fails: ${code}`),
    end: () => void told.push(`${name} ends`),
  });
  const tracer: Tracer = {
    ...NO_TRACER,
    enabled: true,
    start(name) {
      told.push(`${name} starts`);
      return span(name);
    },
    within(_, work) {
      told.push('within');
      return work();
    },
  };
  return { tracer, told };
}

describe('traced', () => {
  it('ends the span with the work, and gives its result', async () => {
    const { tracer, told } = noting();
    const result = await traced(tracer, 'session.find', {}, async (span) => {
      await Promise.resolve();
      span.set({ 'shipmate.target': 'session' });
      return 7;
    });
    expect(result).toBe(7);
    expect(told).toEqual([
      'session.find starts',
      'within',
      'session.find {"shipmate.target":"session"}',
      'session.find ends',
    ]);
  });

  const failures = [
    [new ShipmateError('not-found', 'ada/site is not there'), 'not-found'],
    [new TypeError('a token in a text'), 'fault'],
  ] as const;
  it.each(failures)('fails with a code, never with the text of %s', async (error, code) => {
    const { tracer, told } = noting();
    const work = traced(tracer, 'session.find', {}, async () => {
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect(told).toEqual(['session.find starts', 'within', `session.find fails: ${code}`, 'session.find ends']);
  });

  it('only does the work if nothing is traced', async () => {
    const seen = await traced(NO_TRACER, 'session.find', {}, async (span) => span);
    expect(seen).toBe(NO_SPAN);
    expect(NO_TRACER.start('join')).toBe(NO_SPAN);
    expect(NO_TRACER.within(NO_SPAN, () => 'done')).toBe('done');
    expect(NO_TRACER.active.traceparent).toBeUndefined();
  });
});

describe('isTraceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const span = 'b7ad6b7169203331';
  it.each([`00-${trace}-${span}-01`, `00-${trace}-${span}-00`, `cc-${trace}-${span}-01-what-comes-later`])(
    'takes %s',
    (text) => {
      expect(isTraceparent(text)).toBe(true);
    },
  );

  it.each([
    '',
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `cc-${trace}-${span}-01-${'x'.repeat(100)}`,
    `\n00-${trace}-${span}-01`,
    `00-${trace}-${span}-01\n`,
    7,
    undefined,
  ])('does not take %j', (text) => {
    expect(isTraceparent(text)).toBe(false);
  });
});
