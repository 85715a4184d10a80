/** What a joiner may do: a writer may type, a reader only looks. In this order: the place in it is written to the wire. */
export const ROLES = ['writer', 'reader'] as const;
/** See `ROLES`. */
export type Role = (typeof ROLES)[number];

/** How a joiner is connected. In this order, as above. */
export const TRANSPORTS = ['ssh', 'web'] as const;
