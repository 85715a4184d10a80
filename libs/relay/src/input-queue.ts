/** A piece of input on its way. */
export interface Item {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
  /** Somebody received it, or may have: if the home changes now, nobody knows whether the host has it. */
  doubtful: boolean;
  /** Whether it was before the message that is under way: what holds again if nobody receives that one. */
  before: boolean;
}

/** What one participant typed and no home has taken yet. */
export class Queue {
  readonly items: Item[] = [];
  /** How many of them have been sent since the last going back. */
  sent = 0;
  bytes = 0;
  /** Pieces that the home has taken, and the host may not have. */
  passed = 0;
  /** Its participant left: it goes when it is empty. */
  left = false;

  /** @param next the number of its next piece */
  constructor(public next: number) {}

  /** Nothing before it will be sent again. */
  get base(): number {
    return this.items[0]?.sequence ?? this.next;
  }
}
