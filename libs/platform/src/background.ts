/** Runs `task` in the background; `onError` gets its failure, even if it throws before its first await. */
export function background(task: () => unknown, onError: (error: unknown) => void): void {
  void (async () => {
    try {
      await task();
    } catch (error) {
      onError(error);
    }
  })();
}
