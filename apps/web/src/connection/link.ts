/** One connection to the server, as the page needs it; in tests it is a fake. */
export interface Link {
  /** Sends one message; after the connection's end it does nothing. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Says goodbye, with a close frame where there still is somebody to say it to. */
  close(): void;
}

/** What a link reports. Nothing before `OpenLink` has returned, and nothing after `closed`. */
export interface LinkListener {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** It has ended; `code` is 1006 if no close frame came. */
  closed(code: number, reason: string): void;
}

/** Starts a connection. Never throws: if it cannot be opened, it reports `closed`. */
export type OpenLink = (listener: LinkListener) => Link;
