import { describe, expect, it } from 'vitest';
import { stepText, type Step } from '../step.js';
import { randomScript } from './random-script.js';

const scripts = Array.from({ length: 300 }, (_, seed) => randomScript(seed, 12));
const of = <K extends Step['kind']>(kind: K): Extract<Step, { kind: K }>[] =>
  scripts.flat().filter((step): step is Extract<Step, { kind: K }> => step.kind === kind);

describe('random scripts', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(randomScript(5, 12)).toEqual(randomScript(5, 12));
    expect(new Set(scripts.map((script) => script.map(stepText).join('\n'))).size).toBe(scripts.length);
  });

  it('hold all kinds of steps', () => {
    for (const kind of ['tmux', 'keys', 'type', 'output', 'resize'] as const)
      expect(of(kind).length).toBeGreaterThan(50);
    expect(of('keys').some(({ who }) => who === 'host') && of('keys').some(({ who }) => who === 'joiner')).toBe(true);
  });

  it('end with no key that takes the next one along', () => {
    expect(of('keys').filter((step) => ['C-b', 'Escape'].includes(step.keys.at(-1) ?? ''))).toEqual([]);
  });

  it('do not end the last window', () => {
    for (const script of scripts) {
      let windows = 1;
      for (const step of script) {
        const line = step.kind === 'tmux' ? step.line : '';
        if (line.startsWith('new-window') || (step.kind === 'keys' && step.keys[1] === 'c')) windows += 1;
        if (line === 'kill-window -a') windows = 1;
        else if (/^kill-|C-d/.test(line)) windows -= 1;
        expect(windows).toBeGreaterThan(0);
      }
    }
  });
});
