/** What a joiner may do: a writer may type, a reader only watches. Keep the order: the index is sent over the wire. */
export const ROLES = ['writer', 'reader'] as const;
/** See `ROLES`. */
export type Role = (typeof ROLES)[number];

/** How a joiner is connected. Keep the order, as above. */
export const TRANSPORTS = ['ssh', 'web'] as const;
