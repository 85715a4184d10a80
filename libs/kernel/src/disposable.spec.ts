import { describe, expect, it } from 'vitest';
import { DisposableStore, Emitter, toDisposable } from '#kernel';

describe('DisposableStore', () => {
  it('disposes once, last in first out, and at once what comes too late', () => {
    const order: number[] = [];
    const store = new DisposableStore();
    for (const n of [1, 2]) store.add(toDisposable(() => order.push(n)));
    store.dispose();
    store.dispose();
    store.add(toDisposable(() => order.push(3)));
    expect(order).toEqual([2, 1, 3]);
  });
});

describe('Emitter', () => {
  it('stops calling a listener that let go, also while firing', () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    const first = emitter.on((n) => {
      heard.push(n);
      first.dispose();
    });
    emitter.on((n) => heard.push(n * 10));
    emitter.fire(1);
    emitter.fire(2);
    expect(heard).toEqual([1, 10, 20]);
    expect(emitter.size).toBe(1);
  });
});
