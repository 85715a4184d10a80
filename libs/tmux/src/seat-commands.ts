import { flagValue, type Command } from './commands.js';

/**
 * The line that an `if-shell -F` continues with, after its condition is expanded: it is true unless it is empty or begins with
 * 0. Undefined if there is nothing to continue with.
 */
export function conditionBranch(command: Command, expanded: string): string | undefined {
  const holds = expanded !== '' && !expanded.startsWith('0');
  return command.args[holds ? 1 : 2];
}

/** The words of a `command-prompt`: its prompts, their initial texts, and the template to fill in. */
export interface PromptPlan {
  readonly prompts: readonly { readonly text: string; readonly input: string }[];
  readonly template: string;
}

/**
 * What a `command-prompt` asks. Without `-p` the prompt is the template's first word in brackets, or `:` for a command
 * line; `-I` gives the initial text. Prompts and initial texts are formats that must still be expanded, including times. The
 * answers go into the template one by one (`fillTemplate`).
 */
export function promptPlan(command: Command): PromptPlan {
  const [given] = command.args;
  const template = given ?? '%1';
  const prompts = flagValue(command, 'p');
  const inputs = flagValue(command, 'I')?.split(',') ?? [];
  let texts: string[];
  if (prompts !== undefined) texts = prompts.split(',').map((prompt) => `${prompt} `);
  else texts = [given === undefined ? ':' : `(${/^[^ ,]*/.exec(template)?.[0] ?? ''}) `];
  return { prompts: texts.map((text, i) => ({ text, input: inputs[i] ?? '' })), template };
}

/** What a `confirm-before` asks before it does its line: a format still to be expanded. */
export function confirmText(command: Command): string {
  const prompt = flagValue(command, 'p');
  if (prompt !== undefined) return `${prompt} `;
  return `Confirm '${/^[^ \t]*/.exec(command.args[0] ?? '')?.[0] ?? ''}'? (y/n) `;
}
