import { describe, expect, it } from 'vitest';
import { conditionBranch, confirmText, parseCommandLine, promptPlan, type Command } from './index.js';

function only(line: string): Command {
  const result = parseCommandLine(line);
  const command = result.ok ? result.value[0] : undefined;
  if (command === undefined) throw new Error(`not one command: ${line}`);
  return command;
}

describe('conditionBranch', () => {
  it.each([
    ['1', 'next'],
    ['yes', 'next'],
    ['0', 'prev'],
    ['0x', 'prev'],
    ['', 'prev'],
  ])('takes for %j: %s', (expanded, line) => {
    expect(conditionBranch(only('if -F x next prev'), expanded)).toBe(line);
  });

  it('may have nothing to go on with', () => {
    expect(conditionBranch(only('if -F x next'), '')).toBeUndefined();
  });
});

describe('promptPlan', () => {
  it.each([
    ['command-prompt', { prompts: [{ text: ':', input: '' }], template: '%1' }],
    [
      'command-prompt "rename-window \'%%\'"',
      { prompts: [{ text: '(rename-window) ', input: '' }], template: "rename-window '%%'" },
    ],
    ["command-prompt -I'#W' x", { prompts: [{ text: '(x) ', input: '#W' }], template: 'x' }],
    [
      "command-prompt -p from,to -I 1 'swap -s %1 -t %2'",
      {
        prompts: [
          { text: 'from ', input: '1' },
          { text: 'to ', input: '' },
        ],
        template: 'swap -s %1 -t %2',
      },
    ],
  ])('asks for %s', (line, plan) => {
    expect(promptPlan(only(line))).toEqual(plan);
  });
});

describe('confirmText', () => {
  it('is what -p says, or names the command', () => {
    expect(confirmText(only('confirm -p"kill #W? (y/n)" kill-window'))).toBe('kill #W? (y/n) ');
    expect(confirmText(only('confirm "kill-pane -a"'))).toBe("Confirm 'kill-pane'? (y/n) ");
  });
});
