/** The events of what people say about somebody who waits. */
export const DECISION_EVENTS = { admitted: 'let-in', refused: 'turned-away', agreed: 'agreed' } as const;

/** Who has agreed, where that takes several people. */
export const approvalText = (
  decision: keyof typeof DECISION_EVENTS,
  { agreed, needed }: { readonly agreed: readonly string[]; readonly needed: number },
): Readonly<Record<string, string>> => {
  if (decision === 'agreed') return { approvals: `${agreed.length} of ${needed}` };
  return needed > 1 && decision === 'admitted' ? { approvers: agreed.join(', ') } : {};
};
