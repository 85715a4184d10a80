/** Without imports: it is needed when no more files can be opened. */

/** As sysexits.h has it: something that is needed is not available. */
export const EX_UNAVAILABLE = 69;

/** Loading takes some hundred at once; each connection is one more. */
const FILES = 4096;

/** What to do if a process may open too few files to load its program; undefined if it failed for another reason. */
export function tooFewFiles(error: unknown): string | undefined {
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
  const who = code === 'EMFILE' ? 'This process' : 'This machine';
  const how = code === 'EMFILE' ? `ulimit -n ${FILES}, or LimitNOFILE=${FILES} for systemd` : 'sysctl fs.file-max';
  return `${who} may not open enough files. Raise the limit: ${how}. Each connection is a file.`;
}
