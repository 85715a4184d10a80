import { describe, expect, it } from 'vitest';
import { stepText, type Step } from '../step.js';
import { randomScript } from './random-script.js';

const scripts = Array.from({ length: 300 }, (_, seed) => randomScript(seed, 12));
const of = <K extends Step['kind']>(kind: K): Extract<Step, { kind: K }>[] =>
  scripts.flat().filter((step): step is Extract<Step, { kind: K }> => step.kind === kind);

const WIDE = /[\p{sc=Han}\p{sc=Hangul}\p{Extended_Pictographic}]/u;

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

  it('give panes no new width where there are wide characters, and have both', () => {
    const wide = (script: readonly Step[]): boolean =>
      script.some((step) => (step.kind === 'output' || step.kind === 'type') && WIDE.test(step.text));
    const widens = (step: Step): boolean =>
      (step.kind === 'tmux' && /-window -h|-pane -h|(next|previous)-layout|layout (?!even-v)\w/.test(step.line)) ||
      (step.kind === 'resize' && step.cols !== 80) ||
      (step.kind === 'keys' && step.keys[0] === 'C-b' && /^(%|Space|E|M-\d)$/.test(step.keys[1] ?? ''));
    const both = scripts.filter((script) => wide(script) && script.some(widens));
    expect(both.map((script) => script.map(stepText))).toEqual([]);
    expect(scripts.filter(wide).length).toBeGreaterThan(50);
    expect(scripts.filter((script) => script.some(widens)).length).toBeGreaterThan(50);
  });

  it('ring no bell where activity is looked for: tmux forgets it', () => {
    for (const script of scripts) {
      const from = script.findIndex((step) => step.kind === 'tmux' && step.line.includes('monitor-activity'));
      const later = script.slice(from < 0 ? script.length : from).filter((step) => step.kind === 'output');
      for (const { text } of later)
        expect(text.replaceAll(/\u001B\][^\u0007\u001B]*\u0007/g, '')).not.toContain('\u0007');
    }
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
