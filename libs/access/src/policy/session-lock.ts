/** What nobody but the host may do while a session is locked: `typing`; with `all`, they also see nothing. */
export const SESSION_LOCKS = ['typing', 'all'] as const;
/** How a session is locked. */
export type SessionLock = (typeof SESSION_LOCKS)[number];
