/** What a joiner may do: a writer may type, a reader only looks. */
export type Role = 'writer' | 'reader';
