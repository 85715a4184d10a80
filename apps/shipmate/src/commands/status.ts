/** How a command ends, beside 0; docs/commands.md lists them. The numbers are those of sysexits.h. */
export const Status = {
  done: 0,
  /** It was understood and could not be done: nothing of that name, or not as things are. */
  refused: 1,
  usage: 64,
  unavailable: 69,
  notAllowed: 77,
} as const;
