/** Said first by a page; a server that does not speak it closes with `version`. */
export const WEB_PROTOCOL_VERSION = 4;

/** The first version with the names of people. */
export const NAMES_VERSION = 3;

/** The first version with locks of terminals. */
export const LOCK_VERSION = 4;

/** The oldest that a server still speaks: it has no passwords and no waiting for the host's word. */
export const OLDEST_WEB_PROTOCOL_VERSION = 1;

/** Bytes of one input message: a paste is sent in pieces, so that no single message delays others. */
export const MAX_INPUT_BYTES = 32 * 1024;

/** Bytes of UTF-8 of a session's password. */
export const MAX_PASSWORD_BYTES = 256;

/** Bytes of any message from a page: an input with its head. A larger one ends the connection with `too-large`. */
export const MAX_CLIENT_MESSAGE_BYTES = MAX_INPUT_BYTES + 16;

/**
 * Bytes of one message of ssh over WebSocket: twice what a program reads at once from ssh's pipe. A larger one ends the connection with
 * `too-large`.
 */
export const MAX_SSH_MESSAGE_BYTES = 128 * 1024;

/** Bytes of one screen message: enough for the largest terminal with a different style in each cell. */
export const MAX_SCREEN_BYTES = 32 * 1024 * 1024;

/** Columns or rows of a page's terminal. */
export const MAX_SIDE = 1000;

/** Bytes of UTF-8 of a person's name. */
export const MAX_NAME_BYTES = 128;

/** Bytes of UTF-8 of a notice. */
export const MAX_NOTICE_BYTES = 1024;

/** Participants that a message lists; it counts all of them. */
export const MAX_LISTED = 64;

/** Characters of TERM. */
export const MAX_TERM_CHARS = 32;

/** Bytes of a page's id. */
export const PAGE_ID_BYTES = 16;

/**
 * Bytes of typed input that a page keeps while nobody has acknowledged them. Over it, what is typed is refused at the
 * page, audibly, rather than lost somewhere later.
 */
export const MAX_UNACKNOWLEDGED_INPUT_BYTES = 512 * 1024;

/** A page that has heard nothing for this long, in milliseconds, takes its connection for dead: pings come every 20 s. */
export const SILENCE_MS = 45_000;
