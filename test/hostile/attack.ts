import type { Dice, Stage } from '#testing';

/** One edge under attack, and how to reach it. */
export interface Edge {
  readonly ssh: number;
  readonly http: number;
}

/** What cases are played at. */
export interface Target {
  readonly edges: readonly Edge[];
  /** The Redis that the edges share; undefined where one process has all of it. */
  readonly redis: number | undefined;
  /** The innocent session: looking at it is allowed, and must change nothing. */
  readonly innocent: { readonly id: string; readonly readerToken: string };
  /** A session that the attackers may do anything to. It draws all the time. */
  readonly prey: { readonly id: string; readonly token: string; readonly readerToken: string };
  readonly apiKey: string;
}

/** A failing case in data: it can be printed, played again, and made shorter step by step. */
export interface Case {
  readonly attack: string;
  /** What made it: the same case comes of the same seed. */
  readonly seed: number;
  /** What shrinking leaves as it is. */
  readonly setup: unknown;
  readonly steps: readonly unknown[];
}

/** A generator of hostile input of one kind, and the client that sends it. */
export interface Attack<Setup = unknown, Step = unknown> {
  readonly name: string;
  /** How often it is chosen, compared with the others. */
  readonly weight: number;
  /** It needs a Redis. */
  readonly fleet?: boolean;
  /** It is for a server with one port for everything, and it needs that. */
  readonly onePort?: boolean;
  /** It also goes where there is one port for everything: all it needs is ssh. */
  readonly sshAlone?: boolean;
  make(dice: Dice): { readonly setup: Setup; readonly steps: readonly Step[] };
  /**
   * Plays a case to its end. Connections that the server refuses or breaks are what it is for; an answer that it must never
   * give is a `Violation`. What it opens, `stage` closes.
   */
  play(setup: Setup, steps: readonly Step[], scene: Scene): Promise<void>;
}

/** Where one case is played. */
export interface Scene {
  readonly target: Target;
  readonly stage: Stage;
  /**
   * The address of 127.0.0.0/8 that the attacker comes from: each case has one of its own, so that limits by address do not
   * stop them.
   */
  readonly address: string;
}

/** An answer that is no documented one. */
export class Violation extends Error {}

/** Bytes as they stand in a case: one character for each, U+0000 to U+00FF. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Widens a typed attack so that all can stand in one list. */
export const attack = <Setup, Step>(typed: Attack<Setup, Step>): Attack => typed;
