import type { WaitingPerson } from '../steer/session-texts.js';

/** What the API takes as a decision. */
export type Decision = 'writer' | 'reader' | 'refuse';

/** What came of it. */
export interface Decided {
  readonly decision: 'admitted' | 'refused' | 'agreed';
  readonly agreed: readonly string[];
  readonly needed: number;
}

/** Who asks for what, and how many people must agree. `by`: who decides, as events will name them. */
export function requestTexts(
  { name, address, role, agreed = [], needed = 1 }: WaitingPerson,
  session: string,
  by: string,
): { readonly title: string; readonly more: string } {
  const what = role === 'writer' ? 'to type' : 'to watch';
  const people = needed > 1 ? ` ${needed} different people must agree; ${agreed.length} have.` : '';
  const decides = by === 'link' ? 'whoever has this link' : by;
  return {
    title: `${name ?? `Somebody from ${address}`} asks to join, ${what}`,
    more: `Session ${session.slice(0, 8)}.${people} Recorded as the decision of ${decides}.`,
  };
}

/** What a decision led to. */
export function decidedText({ decision, agreed, needed }: Decided): { readonly title: string; readonly text: string } {
  const over = 'This link is used up: you can close the page.';
  if (decision === 'admitted') return { title: 'They are let in', text: over };
  if (decision === 'refused') return { title: 'They are not let in', text: over };
  const left = needed - agreed.length;
  const more = left === 1 ? 'one more person must agree' : `${left} more people must agree`;
  return { title: 'You have agreed', text: `Before they are let in, ${more}. ${over}` };
}
