import { describe, expect, it } from 'vitest';
import type { Answer } from '#nest';
import { answerProblem } from './problem.js';

function sent(error: unknown): { status: number; faults: unknown[] } {
  const faults: unknown[] = [];
  const state = { status: 0 };
  const response: Answer = {
    status(code) {
      state.status = code;
      return this;
    },
    set() {
      return this;
    },
    type() {
      return this;
    },
    send: () => undefined,
  };
  answerProblem(response, error, (fault) => faults.push(fault));
  return { status: state.status, faults };
}

describe('a problem', () => {
  it('of a client that goes in the middle of its body is no fault of the server', () => {
    const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    expect(sent(aborted)).toEqual({ status: 400, faults: [] });
  });

  it('of anything that nobody expected is one, and says nothing of it', () => {
    const fault = new TypeError('x is undefined');
    expect(sent(fault)).toEqual({ status: 500, faults: [fault] });
  });
});
