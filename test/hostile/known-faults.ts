/** Faults that are being mended: cases that would show them are not made while one is listed here. */
export const KNOWN_FAULTS = {
  /** A channel of tiny packets makes the edge encrypt a packet a byte. */
  'tiny-packets': false,
  /** Key exchanges again and again are not limited. */
  rekeys: false,
  /** Layouts of many large panes take gigabytes. */
  layouts: false,
  /** Megabytes of input by one writer stall the edge. */
  pastes: true,
} as const;

/** Whether cases that show this fault are to be made. */
export const mended = (fault: keyof typeof KNOWN_FAULTS): boolean => !KNOWN_FAULTS[fault];
