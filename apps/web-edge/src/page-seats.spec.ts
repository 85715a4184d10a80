import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import type { SeatEnding } from '#session';
import type { PageSeat } from './page-seat.js';
import { AWAY_MS, PageSeats } from './page-seats.js';

/** As much of a seat as the list of them knows. */
function seatOf(seats: PageSeats, key: string) {
  const left: SeatEnding[] = [];
  const seat = {
    key,
    over: false,
    connection: undefined,
    leave(ending: SeatEnding) {
      left.push(ending);
      seats.remove(seat as unknown as PageSeat);
    },
  };
  seats.add(seat as unknown as PageSeat);
  return { seat: seat as unknown as PageSeat, left };
}

describe('the seats of pages', () => {
  it('wait for a page whose connection broke, for a while', () => {
    const clock = new FakeClock();
    const seats = new PageSeats(clock);
    const { seat, left } = seatOf(seats, 'a');
    seats.wait(seat);
    clock.advance(AWAY_MS - 1);
    expect(left).toEqual([]);
    expect(seats.find('a')).toBe(seat);
    clock.advance(AWAY_MS);
    expect(left).toEqual([]);
    seats.wait(seat);
    clock.advance(AWAY_MS);
    expect(left).toEqual(['detached']);
    expect(seats.find('a')).toBeUndefined();
    expect([seats.size, seats.away]).toEqual([0, 0]);
  });

  it('are given up, the longest away first, when too many wait', () => {
    const clock = new FakeClock();
    const seats = new PageSeats(clock, 2);
    const all = ['a', 'b', 'c'].map((key) => seatOf(seats, key));
    for (const { seat } of all) seats.wait(seat);
    expect(all.map(({ left }) => left)).toEqual([['detached'], [], []]);
    expect(seats.away).toBe(2);
  });

  it('are one a page: the newer of two stays', () => {
    const seats = new PageSeats(new FakeClock());
    const older = seatOf(seats, 'a');
    const newer = seatOf(seats, 'a');
    expect(older.left).toEqual(['detached']);
    expect(seats.find('a')).toBe(newer.seat);
  });
});
