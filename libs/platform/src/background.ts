/** Lets `task` go on by itself; `onError` hears of its failure, also when it throws before its first wait. */
export function background(task: () => unknown, onError: (error: unknown) => void): void {
  void (async () => {
    try {
      await task();
    } catch (error) {
      onError(error);
    }
  })();
}
