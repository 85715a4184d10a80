import { CopyPromptKind } from '#tmate-protocol';
import type { CopyCommand } from '#tmux';

/** Questions, as they are asked. */
export const COPY_PROMPTS = {
  'search-backward': [CopyPromptKind.searchUp, 'Search Up'],
  'search-forward': [CopyPromptKind.searchDown, 'Search Down'],
  'goto-line': [CopyPromptKind.gotoLine, 'Goto Line'],
  'start-named-buffer': [CopyPromptKind.namedBuffer, 'Buffer'],
  'jump-forward': [CopyPromptKind.jumpForward, 'Jump Forward'],
  'jump-backward': [CopyPromptKind.jumpBack, 'Jump Back'],
  'jump-to-forward': [CopyPromptKind.jumpToForward, 'Jump To'],
  'jump-to-backward': [CopyPromptKind.jumpToBack, 'Jump To Back'],
  'start-number-prefix': [CopyPromptKind.numericPrefix, 'Repeat'],
} as const satisfies Partial<Record<CopyCommand, readonly [kind: number, text: string]>>;
export type CopyPromptCommand = keyof typeof COPY_PROMPTS;

/** Whether a command of copy mode asks something first. */
export function asksFirst(command: CopyCommand): command is CopyPromptCommand {
  return Object.hasOwn(COPY_PROMPTS, command);
}
