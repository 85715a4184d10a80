import { beforeEach, describe, expect, it } from 'vitest';
import { edgeId, FakeClock, NO_TRACER, participantId, sessionId, type Span, type Tracer } from '#kernel';
import { ADMISSION_MS, JoinTraces, MOST_ADMISSIONS } from './join-traces.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let clock: FakeClock;
let told: string[];
let admissions: JoinTraces;

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  const tracer: Tracer = {
    ...NO_TRACER,
    enabled: true,
    start(name, { parent, attributes } = {}) {
      const id = String((attributes as Record<string, unknown>)['shipmate.participant.id']);
      told.push(`${name} of ${id} in ${typeof parent === 'string' ? parent.slice(3, 9) : 'none'}`);
      const span: Span = {
        traceparent: TRACE,
        set: () => undefined,
        rename: () => undefined,
        fail: (code) => void told.push(`${id} fails: ${code}`),
        end: () => void told.push(`${id} ends`),
      };
      return span;
    },
    within(_, work) {
      told.push('(');
      const result = work();
      told.push(')');
      return result;
    },
  };
  admissions = new JoinTraces(sessionId('s'), clock, tracer);
});

const from = (id: string) => ({ participantId: participantId(id), edgeId: edgeId('e') });
const complete = (id: string): void => admissions.complete(participantId(id), () => void told.push(`${id} is in`));

describe('JoinTraces', () => {
  it('last from the first word of a joiner until it is counted in', () => {
    admissions.begin(from('ada'), TRACE);
    complete('ada');
    expect(told).toEqual(['relay.admit of ada in 0af765', '(', 'ada is in', ')', 'ada ends']);
    complete('ada');
    expect(told.at(-1)).toBe('ada is in');
  });

  it('let somebody in of whom no trace is told', () => {
    complete('ada');
    admissions.begin(from('bob'), 'not a trace');
    complete('bob');
    expect(told).toEqual(['ada is in', 'bob is in']);
  });

  it('are begun once, though the word is told again', () => {
    admissions.begin(from('ada'), TRACE);
    admissions.begin(from('ada'), TRACE);
    expect(told).toHaveLength(1);
  });

  it('end when nothing more is heard, and with the session', () => {
    admissions.begin(from('ada'), TRACE);
    clock.advance(ADMISSION_MS);
    admissions.begin(from('bob'), TRACE);
    admissions.dispose();
    expect(told.filter((text) => !text.startsWith('relay'))).toEqual([
      'ada fails: timeout',
      'ada ends',
      'bob fails: closed',
      'bob ends',
    ]);
  });

  it('are not more than may be', () => {
    for (let n = 0; n < 2 * MOST_ADMISSIONS; n++) admissions.begin(from(`${n}`), TRACE);
    expect(told).toHaveLength(MOST_ADMISSIONS);
    complete(`${MOST_ADMISSIONS}`);
    expect(told.at(-1)).toBe(`${MOST_ADMISSIONS} is in`);
  });

  it('do not exist if nothing is traced', () => {
    const none = new JoinTraces(sessionId('s'), clock);
    none.begin(from('ada'), TRACE);
    none.complete(participantId('ada'), () => void told.push('in'));
    expect(told).toEqual(['in']);
  });
});
