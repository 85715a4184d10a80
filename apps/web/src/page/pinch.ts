/** Two fingers on `stage` make what is in it larger: `zoom` is what they started with, times how far they went. */
export function onPinch(stage: HTMLElement, current: () => number, zoomTo: (zoom: number) => void): void {
  let start: { readonly distance: number; readonly zoom: number } | undefined;
  let frame = 0;
  stage.addEventListener('touchstart', ({ touches }) => {
    start = touches.length === 2 ? { distance: distance(touches), zoom: current() } : undefined;
  });
  stage.addEventListener(
    'touchmove',
    (event) => {
      if (start === undefined || event.touches.length !== 2) return;
      event.preventDefault();
      const { zoom } = start;
      const factor = distance(event.touches) / Math.max(1, start.distance);
      const middle = midpoint(event.touches, stage);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        // What is between the fingers stays there.
        const before = { width: stage.scrollWidth, height: stage.scrollHeight };
        const at = { x: stage.scrollLeft + middle.x, y: stage.scrollTop + middle.y };
        zoomTo(zoom * factor);
        stage.scrollTo(
          (at.x * stage.scrollWidth) / before.width - middle.x,
          (at.y * stage.scrollHeight) / before.height - middle.y,
        );
      });
    },
    { passive: false },
  );
  for (const ending of ['touchend', 'touchcancel'] as const) {
    stage.addEventListener(ending, () => (start = undefined));
  }
}

function distance(touches: TouchList): number {
  const [a, b] = [touches[0], touches[1]];
  return a === undefined || b === undefined ? 1 : Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

function midpoint(touches: TouchList, stage: HTMLElement): { x: number; y: number } {
  const frame = stage.getBoundingClientRect();
  const [a, b] = [touches[0], touches[1]];
  if (a === undefined || b === undefined) return { x: 0, y: 0 };
  return { x: (a.clientX + b.clientX) / 2 - frame.left, y: (a.clientY + b.clientY) / 2 - frame.top };
}
