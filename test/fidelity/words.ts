/** The words of a text, for long tables of short names. */
export const words = (text: string): string[] => text.trim().split(/\s+/);
